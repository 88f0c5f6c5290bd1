//! The two steps: green beside blue, then the switch.

use sluice_sdk::{Call, Proposal, Role, Shape, Step, Weight};

use crate::BlueGreen;

/// What is next after the steps that closed.
pub fn next(config: &BlueGreen, call: &Call) -> Result<Proposal, String> {
    if call.full(&Role::Stable) == 0 {
        return Err("there is no blue to stand beside: nothing is served yet".into());
    }
    match call.completed() {
        0 => Ok(preview(config, call)),
        1 => Ok(switch(config, call)),
        _ => {
            let hold = config.warm().hold();
            Ok(Proposal::Complete(format!("green served all for {hold}, with blue kept warm beside it")))
        }
    }
}

fn preview(config: &BlueGreen, call: &Call) -> Proposal {
    let sizes = Sizes::of(call);
    if let Some(room) = call.room().filter(|room| *room < sizes.blue.saturating_add(sizes.green)) {
        return Proposal::Abort(sizes.too_many(room));
    }
    if config.testers.is_some() && !call.can_route() {
        let told =
            "the target does not route by header or cookie: leave out `testers`, or use a target that does";
        return Proposal::Abort(told.into());
    }
    let shape = sizes.shape(Weight::NONE);
    let (shape, gate) = match &config.testers {
        Some(testers) => (testers.routed(shape, Role::Candidate), config.preview.gate("preview")),
        None => (shape, config.preview.unexposed_gate("preview")),
    };
    Step::new("preview", shape, gate).into()
}

/// All traffic at once, to a green that is all there.
fn switch(config: &BlueGreen, call: &Call) -> Proposal {
    let sizes = Sizes::of(call);
    let ready = call.capacity(&Role::Candidate).map_or(0, |green| green.ready);
    if ready < sizes.green {
        return Proposal::Hold(format!("{ready} of {} green instances are ready", sizes.green));
    }
    Step::new("switch", sizes.shape(Weight::ALL), config.warm().gate("the switch")).into()
}

struct Sizes {
    blue: u32,
    green: u32,
}

impl Sizes {
    fn of(call: &Call) -> Self {
        Self { blue: call.full(&Role::Stable), green: call.full(&Role::Candidate).max(1) }
    }

    fn shape(&self, green: Weight) -> Shape {
        let shape = Shape::new().with(Role::Stable, self.blue, green.rest());
        shape.with(Role::Candidate, self.green, green)
    }

    fn too_many(&self, room: u32) -> String {
        let Self { blue, green } = self;
        format!(
            "{blue} of blue and {green} of green are {} instances at once, and the target may run {room}: raise its \
             capacity, or use the strategy `rolling`, which needs room for a batch only",
            blue.saturating_add(*green)
        )
    }
}
