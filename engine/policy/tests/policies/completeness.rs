//! Whether cases suffice: what is covered and changed beside the expressions of rules.

use sluice_policy::testing::{Coverage, Gap, Mutation};

use super::{load, policy};

const POLICY: &str = "
match: {when: '!release.first'}
variables:
  rise: proposed.candidate.weight - current.candidate.weight
  small: variables.rise <= 0.05
rules:
  - id: careful
    on: [shape]
    expr: \"variables.small || (step.index > 0 ? metrics['errors.rate'] < 0.01 : release.environment == 'dev')\"
    message: \"'rises by ' + (variables.rise > 50.0 ? 'far' : 'little')\"
    onMissing: deny
  - id: people
    on: [promotion]
    expr: release.first
    require: {approvals: 2, group: sre}
tests:
  - {name: small, on: shape, context: {proposed: {candidate: {weight: 0.05}}}, expect: {careful: pass}}
  - {name: in-dev, on: shape, context: {proposed: {candidate: {weight: 5}}, release: {environment: dev}}, expect: {careful: pass}}
";
const LARGE: &str = "
  - {name: large, on: shape, context: {proposed: {candidate: {weight: 60}}}, expect: {careful: {result: fail, message: rises by far}}}
  - name: measured
    on: shape
    context: {proposed: {candidate: {weight: 5}}, step: {index: 1}, metrics: {errors.rate: 0.0095}}
    expect: {careful: pass}
  - name: too-many
    on: shape
    context: {proposed: {candidate: {weight: 5}}, step: {index: 1}, metrics: {errors.rate: 0.01}}
    expect: {careful: {result: fail, message: rises by little}}
  - {name: missing, on: shape, context: {proposed: {candidate: {weight: 5}}, step: {index: 1}}, expect: {careful: fail}}
  - {name: nearly-small, on: shape, context: {proposed: {candidate: {weight: 0.0549}}}, expect: {careful: fail}}
  - {name: nearly-large, on: shape, context: {proposed: {candidate: {weight: 50}}}, expect: {careful: {result: fail, message: rises by little}}}
  - {name: first, on: shape, context: {release: {first: true}}, expect: {careful: skipped}}
  - {name: approved, on: promotion, context: {approvals: [{who: a, group: sre}, {who: b, group: sre}]}, expect: {people: pass}}
  - {name: by-one, on: promotion, context: {approvals: [{who: a, group: sre}]}, expect: {people: fail}}
";

fn covered(body: &str) -> String {
    let set = load(&policy("p", body));
    let cases = set.policies()[0].tests.iter().map(|case| ("p", case));
    let coverage = Coverage::of(&set, cases);
    let gaps = |gaps: &[Gap]| -> String {
        let one = |gap: &Gap| {
            format!(
                "  lacks {:?}{}: {}\n",
                gap.lacks,
                if gap.in_message { " in message" } else { "" },
                gap.text
            )
        };
        gaps.iter().map(one).collect()
    };
    let rules = coverage.rules.iter();
    let rules =
        rules.map(|one| format!("{} {}/{}\n{}", one.rule, one.covered, one.conditions, gaps(&one.gaps)));
    let parts = coverage.parts.iter();
    let parts =
        parts.map(|one| format!("{} {}/{}\n{}", one.part, one.covered, one.conditions, gaps(&one.gaps)));
    rules.chain(parts).collect::<String>() + &format!("{:?}\n", coverage.conditions())
}

fn survivors(body: &str) -> (String, usize) {
    let set = load(&policy("p", body));
    let cases = set.policies()[0].tests.iter().map(|case| ("p", case));
    let mutation = Mutation::of(&set, cases);
    let told = mutation.survivors.iter().map(|one| format!("{}: {} as {}\n", one.rule, one.was, one.now));
    (told.collect(), mutation.left_out)
}

#[test]
fn variables_messages_and_the_condition_of_a_policy_are_covered_too() {
    insta::assert_snapshot!(covered(POLICY), @r"
    careful 1/3
      lacks True: step.index > 0
      lacks Reached in message: variables.rise > 50.0
    people 0/1
      lacks Reached: release.first
    match.when 0/1
      lacks True: release.first
    variables.rise 0/0
    variables.small 1/1
    (2, 6)
    ");
    insta::assert_snapshot!(covered(&format!("{POLICY}{}", &LARGE[1..])), @r"
    careful 3/3
    people 0/1
      lacks True: release.first
    match.when 1/1
    variables.rise 0/0
    variables.small 1/1
    (5, 6)
    ");
}

#[test]
fn variables_conditions_approvals_and_what_is_missing_are_changed_too() {
    insta::assert_snapshot!(survivors(POLICY).0, @r"
    careful: 0 as 1
    careful: 'errors.rate' as 'errors.rate-other'
    careful: < as <=
    careful: 0.01 as 0.009
    careful: 0.01 as 0.011
    careful: onMissing: deny as onMissing: allow
    people: require: {approvals: 2} as require: {approvals: 3}
    people: require: {approvals: 2} as require: {approvals: 1}
    variables.rise: - as +
    variables.small: 0.05 as 0.055
    ");
    insta::assert_snapshot!(survivors(&format!("{POLICY}{}", &LARGE[1..])).0, @r"
    variables.rise: - as +
    ");
}

#[test]
fn cases_that_fail_are_told_to_be_left_out() {
    let failing = "  - {name: wrong, on: shape, context: {}, expect: {careful: fail}}\n";
    assert_eq!(survivors(POLICY).1, 0);
    assert_eq!(survivors(&format!("{POLICY}{failing}")).1, 1);
}

#[test]
fn a_change_to_what_says_the_same_of_every_release_is_none() {
    let of = |expr: &str| {
        survivors(&format!("rules: [{{id: r, on: [shape], expr: \"{expr}\"}}]")).0.lines().count()
    };
    let plain = of("step.index > 3");
    assert!(plain > 2, "{plain}");
    // The other operand alone is changed: left out, and both with the other operator.
    assert_eq!(of("step.index > 3 && time.hour < 24"), plain + 2);
    assert_eq!(of("step.index > 3 || 1 > 2"), plain + 2);
}

#[test]
fn the_answer_to_what_is_missing_is_changed_where_anything_can_be() {
    let rule = |expr: &str| {
        let body = format!(
            "params: {{metric: {{type: string, default: a.b, min: 1}}}}
inputs: {{why: {{fact: release.comment}}, best: {{fact: 'metrics[params.metric]'}}, one: {{metric: a.b}}, tier: {{label: tier}}}}
variables: {{one: 'metrics[params.metric]', all: 'inputs.why + string(inputs.best) + string(inputs.one) + inputs.tier'}}
rules:
  - {{id: r, on: [shape], onMissing: deny, expr: \"{expr}\"}}
  - {{id: s, on: [shape], expr: \"variables.all != '' && variables.one > 0.0\"}}
"
        );
        survivors(&body).0.contains("r: onMissing: deny as onMissing: allow")
    };
    for missing in [
        "metrics['a.b'] < 0.1",
        "metrics[params.metric] < 0.1",
        "variables.one < 0.1",
        "inputs.best < 0.1",
        "inputs.one < 0.1",
        "inputs.tier == 'one'",
        "['a', 'b'].all(name, checks[name].verdict == 'pass')",
        "cel.bind(c, checks, c.errors.verdict == 'pass')",
        "checks.all(name, metrics[name + '.b'] < 0.1)",
    ] {
        assert!(rule(missing), "{missing}");
    }
    for there in [
        "inputs.why != ''",
        "release.comment != ''",
        "metrics.all(name, metrics[name] < 0.1)",
        "size(checks) > 1",
        "!(params.metric in metrics) || metrics[params.metric] < 0.1",
        "metrics[?'a.b'].orValue(0.0) < 0.1",
    ] {
        assert!(!rule(there), "{there}");
    }
}

#[test]
fn texts_with_quotes_are_changed_too() {
    let (survivors, _) =
        survivors("rules: [{id: a, on: [shape], expr: 'release.comment != \"it''s \\\\ one\"'}]");
    assert!(survivors.contains("as 'it\\'s \\\\ one-other'"), "{survivors}");
}
