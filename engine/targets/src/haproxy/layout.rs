//! Which slot each revision has, and the map that follows from it. Pure.

use std::collections::BTreeMap;

use super::state::{CANDIDATE_KEY, SLOTS, STABLE_KEY, Slot, State, owner_key};
use crate::gateway::choice::{Line, PLACES};
use crate::gateway::external::{Goal, Lane};
use sluice_core::model::shape::{Role, Weight};

/// The slots of the goal's revisions. One keeps the slot that it has; a new one gets a slot that leads nowhere now, so
/// that it never serves in another's name. Where there is none yet, it has to wait.
pub fn slots(goal: &Goal, state: &State) -> BTreeMap<String, Slot> {
    let mut slots = BTreeMap::new();
    for slot in SLOTS {
        if let Some(owner) = state.owner(slot).filter(|owner| goal.lane(owner).is_some()) {
            slots.entry(owner.to_owned()).or_insert(slot);
        }
    }
    for lane in &goal.lanes {
        if slots.contains_key(&lane.id) {
            continue;
        }
        let taken: Vec<Slot> = slots.values().copied().collect();
        if let Some(free) = SLOTS.into_iter().find(|slot| !taken.contains(slot) && !state.is_used(*slot)) {
            slots.insert(lane.id.clone(), free);
        }
    }
    slots
}

/// The map that the goal asks for; none if it serves nobody. What a revision without slot should get, the stable one
/// gets meanwhile.
pub fn map(goal: &Goal, slots: &BTreeMap<String, Slot>) -> Option<BTreeMap<u16, String>> {
    let weights: Vec<(Role, Weight)> = goal.lanes.iter().map(|lane| (lane.role, lane.weight)).collect();
    let line = Line::lay(&weights, &goal.release)?;
    let stable = stable(goal).and_then(|lane| slots.get(&lane.id)).copied();
    let slot_at = |place: u16| {
        let lane = goal.lanes.get(line.lane(place));
        lane.and_then(|lane| slots.get(&lane.id)).copied().or(stable)
    };
    let mut map = BTreeMap::new();
    for place in 0..PLACES {
        map.insert(place, slot_at(place)?.to_string());
    }
    map.insert(STABLE_KEY, stable?.to_string());
    for (id, slot) in slots {
        map.insert(owner_key(*slot), id.clone());
    }
    let candidate = goal.lanes.iter().find(|lane| lane.role == Role::Candidate);
    if let Some(slot) = candidate.and_then(|lane| slots.get(&lane.id)) {
        map.insert(CANDIDATE_KEY, slot.to_string());
    }
    Some(map)
}

/// The lane that stands in for one without a server.
fn stable(goal: &Goal) -> Option<&Lane> {
    let named = goal.stable.as_ref().and_then(|id| goal.lane(id));
    let by_role = || goal.lanes.iter().find(|lane| lane.role == Role::Stable);
    // The very first deployment has none.
    named.or_else(by_role).or_else(|| goal.lanes.first())
}

/// The weights that a map gives, by revision.
pub fn weights(state: &State) -> BTreeMap<String, Weight> {
    let of = |slot: Slot| Some((state.owner(slot)?.to_owned(), Weight::per_mille(state.places(slot)).ok()?));
    SLOTS.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(lanes: &[(&str, Role, u16)]) -> Goal {
        let lane = |(id, role, weight): &(&str, Role, u16)| Lane {
            id: (*id).to_owned(),
            role: *role,
            weight: Weight::per_mille(*weight).unwrap(),
            servers: Vec::new(),
        };
        let stable = lanes.iter().find(|(_, role, _)| *role == Role::Stable).map(|(id, ..)| (*id).to_owned());
        let lanes = lanes.iter().map(lane).collect();
        Goal { release: "r".to_owned(), lanes, stable, ..Goal::default() }
    }

    fn state(goal: &Goal, before: &State) -> State {
        let slots = slots(goal, before);
        State { map: map(goal, &slots).unwrap(), ..State::default() }
    }

    #[test]
    fn weights_come_out_as_they_were_asked_for() {
        let one = goal(&[("v1", Role::Stable, 995), ("v2", Role::Candidate, 5)]);
        let state = state(&one, &State::default());
        assert_eq!((state.places(1), state.places(2)), (995, 5));
        let told: Vec<String> = weights(&state).iter().map(|(id, weight)| format!("{id} {weight}")).collect();
        assert_eq!(told, ["v1 99.5 %", "v2 0.5 %"]);
    }

    #[test]
    fn a_revision_keeps_its_slot_when_it_is_promoted() {
        let split =
            state(&goal(&[("v1", Role::Stable, 0), ("v2", Role::Candidate, 1000)]), &State::default());
        let promoted = state(&goal(&[("v2", Role::Stable, 1000)]), &split);
        assert_eq!((split.places(2), promoted.places(2), promoted.owner(1)), (1000, 1000, None));
        assert_eq!(promoted.map[&STABLE_KEY], "2");
    }

    #[test]
    fn a_new_revision_never_gets_a_slot_that_still_leads_somewhere() {
        let three = [("v1", Role::Stable, 400), ("v2", Role::Candidate, 300), ("b", Role::Baseline, 300)];
        let full = state(&goal(&three), &State::default());
        // v3 takes v2's place at once: it has to wait, and stable stands in.
        let next =
            goal(&[("v1", Role::Stable, 400), ("v3", Role::Candidate, 300), ("b", Role::Baseline, 300)]);
        assert!(!slots(&next, &full).contains_key("v3"));
        let between = state(&next, &full);
        assert_eq!((between.places(1), between.places(2), between.places(3)), (700, 0, 300));
        assert_eq!(slots(&next, &between)["v3"], 2);
    }
}
