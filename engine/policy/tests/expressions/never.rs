//! What can never be evaluated is told when it is read, wherever it stands.

use super::faults::table;

#[test]
fn parts_that_read_nothing() {
    insta::assert_snapshot!(table(&[
        "timestamp('x') < now",
        "now - now < duration('5 min')",
        "count > 1 / 0",
        "count > int('x')",
        "word == 'a' && 1 % 0 == 1",
        "false && 1 / 0 > 0",
        "yes ? 1 / 0 > 1 : yes",
        "cel.bind(a, 1 / 0, yes)",
        "semver('1.x') < semver(word)",
        "cidr('10.0.0.0').containsIP(word)",
        "ip('10.0.0.300') == ip(word)",
        "quantity('5 apples') > quantity(word)",
        "'%d'.format(['x']) == word",
        "'%d'.format([word]) == word",
        "'%d of %s'.format([count]) == word",
        "base64.decode('!') == b'x'",
        "{'a': 1, 'a': 2}['a'] == count",
        "{'a': count, 'b': 2, 'a': 3}['a'] == count",
        "[1, 2][5] == count",
        "[count, 2][5] == count",
        "words[-1] == 'Fri'",
        "{'a': count}['b'] == count",
        "{'a': 1}['b'] == count",
        "count / 0 == 1",
        "count % 0 == 1",
        "0.0 / 0.0 < share",
        "9223372036854775807 + 1 > count",
        "optional.none().value() == count",
        "[1, 2].map(a, a / 0) == [count]",
        "lists.range(1000).all(a, lists.range(1000).all(b, a >= 0 && b >= 0)) && yes",
        "size(lists.range(20000)) > count",
        "words.map(w, lists.range(1000).map(a, lists.range(1000).map(b, a * b * count))) == []",
        "dyn(1) + 'a' == word",
        "type(1 / 0) == int",
        "word.matches('(' + 'a')",
        "days(9999999999) > now - now",
    ]), @r"
    timestamp('x') < now
        [timestamp('x')] `timestamp` always fails here: `x` is no time like `2026-11-23T08:30:00Z` (write for example `timestamp('2026-11-23T08:30:00Z')`)
    now - now < duration('5 min')
        [duration('5 min')] `duration` always fails here: `5 min` is no duration like `1h30m` (write for example `duration('1h30m')`: the units are `h`, `m`, `s` and `ms`; or `days(2)`)
    count > 1 / 0
        [1 / 0] this always fails: it divides by zero (divide by something else)
    count > int('x')
        [int('x')] `int` always fails here: `x` is no such number (write for example the number itself: `5`)
    word == 'a' && 1 % 0 == 1
        [1 % 0] this always fails: it divides by zero (divide by something else)
    false && 1 / 0 > 0
        [1 / 0] this always fails: it divides by zero (divide by something else)
    yes ? 1 / 0 > 1 : yes
        [1 / 0] this always fails: it divides by zero (divide by something else)
    cel.bind(a, 1 / 0, yes)
        [1 / 0] this always fails: it divides by zero (divide by something else)
    semver('1.x') < semver(word)
        [semver('1.x')] `semver` always fails here: `1.x` is no version like `1.2.3` (write for example `semver('1.2.3')`: all three numbers)
    cidr('10.0.0.0').containsIP(word)
        [cidr('10.0.0.0')] `cidr` always fails here: `10.0.0.0` is no network (write for example `'10.0.0.0/8'`)
    ip('10.0.0.300') == ip(word)
        [ip('10.0.0.300')] `ip` always fails here: `10.0.0.300` is no address (write for example `'10.0.0.1'`)
    quantity('5 apples') > quantity(word)
        [quantity('5 apples')] `quantity` always fails here: `5 apples` is no quantity like `500m` or `1.5Gi` (write for example `quantity('1.5Gi')`)
    '%d'.format(['x']) == word
        ['%d'.format(['x'])] this always fails: `%d` can not take a text (`%s` takes anything, `%d` a whole number, `%f` one with a fraction)
    '%d'.format([word]) == word
        ['%d'] this always fails: `%d` can not take a text (`%s` takes anything, `%d` a whole number, `%f` one with a fraction)
    '%d of %s'.format([count]) == word
        ['%d of %s'] `format` always fails here: there are fewer values than `%` (write for example `'%s and %d'.format(['text', 3])`)
    base64.decode('!') == b'x'
        [base64.decode('!')] `base64.decode` always fails here: this is no base64 (write something that it can take)
    {'a': 1, 'a': 2}['a'] == count
        ['a'] this always fails: a map has the same key twice (leave one of the two out)
    {'a': count, 'b': 2, 'a': 3}['a'] == count
        ['a'] this always fails: a map has the same key twice (leave one of the two out)
    [1, 2][5] == count
        [[1, 2][5]] this always fails: a list is not as long as that (entries are counted from 0)
    [count, 2][5] == count
        [5] this always fails: the list has 2 entries (entries are counted from 0)
    words[-1] == 'Fri'
        [-1] this always fails: a list has no entry -1 (entries are counted from 0; the last is `list[size(list) - 1]`)
    {'a': count}['b'] == count
        ['b'] this always fails: the map has no entry `b` (write `[?'b'].orValue(...)` for what may not be there)
    {'a': 1}['b'] == count
        [{'a': 1}['b']] this always fails: there is no `b` (write `map[?'key'].orValue(...)` for what may not be there)
    count / 0 == 1
        [count / 0] this always fails: it divides by zero (divide by something else)
    count % 0 == 1
        [count % 0] this always fails: it divides by zero (divide by something else)
    0.0 / 0.0 < share
        [0.0 / 0.0] this always fails: it compares with 0/0, which is no number (divide by something else)
    9223372036854775807 + 1 > count
        [9223372036854775807 + 1] this always fails: a whole number grows too large (write a smaller number)
    optional.none().value() == count
        [optional.none().value()] `value` always fails here: there is none (write something that it can take)
    [1, 2].map(a, a / 0) == [count]
        [a / 0] this always fails: it divides by zero (divide by something else)
    lists.range(1000).all(a, lists.range(1000).all(b, a >= 0 && b >= 0)) && yes
        [lists.range(1000).all(a, lists.range(1000).all(b, a >= 0 && b >= 0))] this always fails: the expression takes more than 400000 steps (make it smaller, or ask in several rules)
    size(lists.range(20000)) > count
        [lists.range(20000)] this always fails: a list or map would have more than 10000 entries (make it smaller, or ask in several rules)
    words.map(w, lists.range(1000).map(a, lists.range(1000).map(b, a * b * count))) == []
        [lists.range(1000).map(a, lists.range(1000).map(b, a * b * count))] this always fails: the expression takes more than 400000 steps (make it smaller, or ask in several rules)
    dyn(1) + 'a' == word
        [dyn(1) + 'a'] this always fails: `+` can not take a whole number and a text (write something that can be evaluated)
    type(1 / 0) == int
        [1 / 0] this always fails: it divides by zero (divide by something else)
    word.matches('(' + 'a')
        ['(' + 'a'] the pattern can not be used: unclosed group (patterns are in the syntax of RE2)
    days(9999999999) > now - now
        [days(9999999999)] this always fails: a duration is longer than 292 years (write a smaller number)
    ");
}

#[test]
fn calls_that_fail_by_what_is_written_in_them() {
    insta::assert_snapshot!(table(&[
        "now.getHours('Europe/Berln') > 8",
        "weekday(now, 'Berlin') == 'Fri'",
        "weekday(now, 'Nowhere') == 'Fri'",
        "words.exists(one, in_window(now, one, 'Europe/Berln'))",
        "in_window(now, '2026-12-20', 'UTC')",
        "in_window(now, '2026-13-01/2026-13-02', 'UTC')",
        "between_times(now, '25:00', '06:00', 'UTC')",
        "between_times(now, word, '6:00', word)",
        "time_of_day(now, 'UTC') < time_of_day('18.00')",
        "semver(word).satisfies('about 1')",
        "cidr(word).containsIP('10.0.0.300')",
        "in_window(now, '2026-12-24', '2026-12-20', word)",
        "in_window(now, word, '2026-13-01', word)",
        "in_window(now, '20.12.2026', word, word)",
        "in_window(now, word, word, 'Europe/Berln')",
        "in_window(now, '18:00', word)",
        "in_window(now, word, '18:00')",
        "weekday(now, '18:00') == 'Fri'",
        "between_times(now, '22:00', '06:00', 'CET+1')",
        "word.substring(-1) == 'a'",
        "word.substring(5, 3) == 'a'",
        "word.charAt(-1) == 'a'",
        "words.slice(2, 1) == words",
        "math.bitShiftLeft(count, -1) == 1",
    ]), @r"
    now.getHours('Europe/Berln') > 8
        ['Europe/Berln'] `getHours` always fails here: `Europe/Berln` is not a time zone (did you mean `Europe/Berlin`?)
    weekday(now, 'Berlin') == 'Fri'
        ['Berlin'] `weekday` always fails here: `Berlin` is not a time zone (did you mean `Europe/Berlin`?)
    weekday(now, 'Nowhere') == 'Fri'
        ['Nowhere'] `weekday` always fails here: `Nowhere` is not a time zone (write it as `Europe/Berlin` or `UTC`)
    words.exists(one, in_window(now, one, 'Europe/Berln'))
        ['Europe/Berln'] `in_window` always fails here: `Europe/Berln` is not a time zone (did you mean `Europe/Berlin`?)
    in_window(now, '2026-12-20', 'UTC')
        ['2026-12-20'] `in_window` always fails here: `2026-12-20` is no window like `from/to` (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    in_window(now, '2026-13-01/2026-13-02', 'UTC')
        ['2026-13-01/2026-13-02'] `in_window` always fails here: `2026-13-01` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`) (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    between_times(now, '25:00', '06:00', 'UTC')
        ['25:00'] `between_times` always fails here: `25:00` is no time like `18:00` (write for example `18:00`, two digits each)
    between_times(now, word, '6:00', word)
        ['6:00'] `between_times` always fails here: `6:00` is no time like `18:00` (write for example `18:00`, two digits each)
    time_of_day(now, 'UTC') < time_of_day('18.00')
        [time_of_day('18.00')] `time_of_day` always fails here: `18.00` is no time like `18:00` (write for example `18:00`, two digits each)
    semver(word).satisfies('about 1')
        ['about 1'] `satisfies` always fails here: `about 1` is nothing like `>=1.2, <2` or `^1.2` (write for example `satisfies('>=1.2, <2')`)
    cidr(word).containsIP('10.0.0.300')
        ['10.0.0.300'] `containsIP` always fails here: `10.0.0.300` is no address (write for example `'10.0.0.1'`)
    in_window(now, '2026-12-24', '2026-12-20', word)
        ['2026-12-20'] `in_window` always fails here: the window from `2026-12-24` to `2026-12-20` ends before it begins (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    in_window(now, word, '2026-13-01', word)
        ['2026-13-01'] `in_window` always fails here: `2026-13-01` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`) (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    in_window(now, '20.12.2026', word, word)
        ['20.12.2026'] `in_window` always fails here: `20.12.2026` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`) (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    in_window(now, word, word, 'Europe/Berln')
        ['Europe/Berln'] `in_window` always fails here: `Europe/Berln` is not a time zone (did you mean `Europe/Berlin`?)
    in_window(now, '18:00', word)
        ['18:00'] `in_window` always fails here: `18:00` is no window like `from/to` (write for example `in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`)
    in_window(now, word, '18:00')
        ['18:00'] `in_window` always fails here: `18:00` is not a time zone (write it as `Europe/Berlin` or `UTC`)
    weekday(now, '18:00') == 'Fri'
        ['18:00'] `weekday` always fails here: `18:00` is not a time zone (write it as `Europe/Berlin` or `UTC`)
    between_times(now, '22:00', '06:00', 'CET+1')
        ['CET+1'] `between_times` always fails here: `CET+1` is not a time zone (write it as `Europe/Berlin` or `UTC`)
    word.substring(-1) == 'a'
        [-1] `substring` always fails here: there is no place -1 in the text (write something that it can take)
    word.substring(5, 3) == 'a'
        [3] `substring` always fails here: it ends before it begins (write something that it can take)
    word.charAt(-1) == 'a'
        [-1] `charAt` always fails here: there is no place -1 in the text (write something that it can take)
    words.slice(2, 1) == words
        [1] `slice` always fails here: there is no part from 2 to 1 (write something that it can take)
    math.bitShiftLeft(count, -1) == 1
        [-1] `math.bitShiftLeft` always fails here: a number can not be shifted by less than nothing (write something that it can take)
    ");
}

#[test]
fn what_may_work_is_not_told_of() {
    for source in [
        "word.charAt(100) == 'a' && word.substring(50, 500) == 'b'",
        "words[900] == 'a' && [count, 2][count] == 2 && {'a': count}[word] == 2",
        "{'a': 1}[?'b'].orValue(count) == 1 && [1][?5].hasValue() == yes",
        "{'a': 1}.?b.orValue(count) == 1 && has(release.labels.b)",
        "count / 1 == 1 && share / 0.0 > 1.0",
        "[0, 1].exists(a, 1 / a > count)",
        "between_times(now, word, '06:00', word) && in_window(now, word, 'UTC')",
        "words.exists(one, in_window(now, one, 'Europe/Berlin'))",
        "'%d of %s'.format([count, word]) == word && '%s'.format([metrics]) == word",
        "semver(word).satisfies('^1') && cidr(word).containsIP('10.0.0.3')",
        "lists.range(count).all(a, 1 / a > 0) && word.split('a', count)[0] == 'a'",
        "type(count) == int && optional.of(1).value() == count",
        "lists.range(1000).all(a, lists.range(1000).map(b, b * count).size() > a)",
        "yes || lists.range(300).map(a, lists.range(300).filter(b, b > count)).size() == 300",
        "!in_window(now, word, '2026-12-01', 'UTC')",
        "!in_window(now, '2027-01-01', word, 'UTC')",
        "!in_window(now, release.labels.from, '2026-11-30', 'Europe/Berlin')",
        "!in_window(now, '2026-12-24', release.labels.until, word)",
        "!in_window(now, word, release.labels.until, 'UTC')",
        "!in_window(now, '2026-12-20T18:00', word, word)",
        "!in_window(now, word, '0001-01-01', word)",
        "!in_window(now, '9999-12-31', word, word)",
        "!in_window(now, '2026-12-24', '2026-12-24', word)",
        "!words.exists(w, in_window(now, w, '2026-12-01', 'UTC'))",
        "!words.exists(w, in_window(now, '1990-01-01/1990-01-02', w))",
        "!in_window(timestamp('2026-12-24T00:00:00Z'), word, '2026-12-01', word)",
        "!between_times(now, word, '18:00', word) && !between_times(now, '24:00', word, word)",
        "!between_times(now, '22:00', '06:00', word) && between_times(now, '00:00:30', word, 'UTC')",
        "weekday(now, word) == 'Fri' && weekday(now, '+01:00') == 'Fri'",
        "date(now, word) == '2026-12-01' && time_of_day(now, word) < time_of_day('18:00')",
        "now.getHours(word) > 8 && now.getHours('-08:00') > 8 && now.getDayOfWeek('02:00') == 1",
        "cidr(release.labels.net).containsIP('10.0.0.1') || cidr('fd00::/8').containsIP(word)",
        "cidr(word).containsIP('::1') && cidr('fd00::/8').containsCIDR(word)",
        "cidr(word).containsCIDR('fd00::/8') && ip(word) == ip('10.0.0.1')",
        "semver(word).satisfies('>=99') && semver('0.0.1').satisfies(word)",
        "word.substring(1000) == 'a' && word.substring(5000) == 'b' && word.charAt(0) == 'c'",
        "word.substring(3, count) == 'a' && word.substring(count, 3) == 'a' && 'abc'.substring(count, 3) == 'a'",
        "word.substring(0, 0) == '' && 'abc'.substring(2, count) == 'c' && 'abc'.charAt(count) == 'c'",
        "word.indexOf('a', 900) > 1 && word.lastIndexOf('a', 0) > 1 && words.slice(0, 3) == words",
        "math.bitShiftLeft(count, 70) == 0 && math.bitShiftRight(1, count) == 0 && word.split('a', -1) == words",
        "'%s'.format([word]) == word && word.format([1]) == word && '%d'.format([dyn(count)]) == word",
        "base64.encode(bytes(word)) == 'eA==' && word.replace('a', 'b', count) == word",
    ] {
        assert_eq!(super::condition(source).err(), None, "{source}");
    }
}
