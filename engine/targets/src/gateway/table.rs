//! The routing table: what is in effect, made ready for each request to be placed without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{HeaderMap, HeaderName};
use sluice_core::model::shape::{Matcher, Role};
use sluice_runner::ports::target::Desired;

use super::choice::{Line, parse_seat};
use super::config::Settings;
use super::headers::cookie;
use super::mirror::{self, Mirror};
use super::routing::{Door, Place};
use super::stats::{Board, LaneStats};
use super::upstream::Upstream;

/// One state of the routing; a change makes another.
#[derive(Debug, Default)]
pub struct Table {
    lanes: Vec<Lane>,
    line: Option<Line>,
    routes: Vec<CompiledRoute>,
    stable: Option<usize>,
    candidate: Option<Previewed>,
    mirror: Option<Arc<Mirror>>,
    /// Marks mirrored requests, and is taken from all others.
    pub mark: Option<HeaderName>,
    pub settings: Settings,
}

/// The candidate as the preview has it: counted apart, as no user comes that way.
#[derive(Debug)]
struct Previewed {
    lane: usize,
    stats: Arc<LaneStats>,
}

/// One revision's instances that are ready.
#[derive(Debug)]
struct Lane {
    stats: Arc<LaneStats>,
    ready: Vec<Arc<Upstream>>,
    next: AtomicUsize,
}

/// Where a request is to go.
#[derive(Debug)]
pub struct Seat {
    pub upstream: Arc<Upstream>,
    pub stats: Arc<LaneStats>,
}

/// Why there is no seat.
#[derive(Debug)]
pub enum NoSeat {
    /// Nothing is served.
    Empty,
    /// The lane has no instance that is ready, and there is none to stand in.
    NotReady(Arc<LaneStats>),
}

/// Instances that a request has been to, by id; the oldest are forgotten.
#[derive(Debug, Default)]
pub struct Tried([u64; 4]);

#[derive(Debug)]
struct CompiledRoute {
    matcher: CompiledMatcher,
    lane: usize,
}

#[derive(Debug)]
enum CompiledMatcher {
    Header(HeaderName, String),
    Cookie(String, String),
}

impl Table {
    /// `ready` gives the instances of a revision that may have traffic.
    pub fn build(
        desired: &Desired,
        settings: &Settings,
        board: &Board,
        ready: &dyn Fn(&str) -> Vec<Arc<Upstream>>,
    ) -> Self {
        let revisions = &desired.revisions;
        let lanes = revisions.iter().map(|one| Lane {
            stats: board.lane(&one.revision.id, one.role),
            ready: ready(&one.revision.id),
            next: AtomicUsize::new(0),
        });
        let weights: Vec<_> = revisions.iter().map(|one| (one.role, one.weight)).collect();
        let lane_of = |role: Role| revisions.iter().position(|one| one.role == role);
        let routes = desired.routes.iter().filter_map(|route| {
            Some(CompiledRoute { matcher: compile(&route.matcher)?, lane: lane_of(route.role)? })
        });
        let named = |id: &String| revisions.iter().position(|one| one.revision.id == *id);
        let candidate = lane_of(Role::Candidate).and_then(|lane| {
            let id = &revisions.get(lane)?.revision.id;
            Some(Previewed { lane, stats: board.preview(id, Role::Candidate) })
        });
        Self {
            candidate,
            mirror: Mirror::build(desired, &settings.mirror, board),
            mark: mirror::mark(&settings.mirror),
            lanes: lanes.collect(),
            line: Line::lay(&weights, &desired.release),
            routes: routes.collect(),
            stable: desired.stable.as_ref().and_then(named).or_else(|| lane_of(Role::Stable)),
            settings: settings.clone(),
        }
    }

    /// Serves nothing.
    pub fn empty(settings: &Settings) -> Self {
        Self { settings: settings.clone(), ..Self::default() }
    }

    /// The place that a sticky client brings, and the instance that it had.
    pub fn brought_place(&self, headers: &HeaderMap) -> Option<(u16, Option<u64>)> {
        let sticky = self.settings.sticky.as_ref()?;
        cookie(headers, &sticky.cookie).and_then(parse_seat)
    }

    pub fn mirror(&self) -> Option<&Arc<Mirror>> {
        self.mirror.as_ref()
    }

    /// The lane of a request that has this place, for whoever asks and is no user.
    pub fn lane_of(&self, headers: &HeaderMap, place: Place) -> Option<usize> {
        self.lane(headers, place.number).map(|(index, _)| index)
    }

    /// A ready instance of a revision, if possible none of those that were tried.
    pub fn instance_of(&self, revision: &str, tried: &Tried) -> Option<Arc<Upstream>> {
        let lane = self.lanes.iter().find(|lane| &*lane.stats.revision == revision)?;
        lane.pick(tried, None).or_else(|| lane.pick(&Tried::default(), None))
    }

    /// Where a request goes that has this place. A lane without a ready instance gives its requests to the
    /// stable one; never does another lane give them to the candidate, whose exposure is the release's.
    pub fn seat(&self, headers: &HeaderMap, place: Place, tried: &Tried) -> Result<Seat, NoSeat> {
        if place.door == Door::Preview {
            return self.preview(tried);
        }
        let (index, lane) = self.lane(headers, place.number).ok_or(NoSeat::Empty)?;
        if let Some(upstream) = lane.pick(tried, place.instance) {
            return Ok(Seat { upstream, stats: Arc::clone(&lane.stats) });
        }
        let stable = self.stable.filter(|stable| *stable != index).and_then(|stable| self.lanes.get(stable));
        let stand_in = stable.and_then(|stable| Some((stable.pick(tried, place.instance)?, stable)));
        let Some((upstream, stable)) = stand_in else {
            return Err(NoSeat::NotReady(Arc::clone(&lane.stats)));
        };
        lane.stats.fallback.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { upstream, stats: Arc::clone(&stable.stats) })
    }

    /// The candidate and nothing else: whoever tests it is not to be answered by stable.
    fn preview(&self, tried: &Tried) -> Result<Seat, NoSeat> {
        let of =
            |previewed: &Previewed| Some((self.lanes.get(previewed.lane)?, Arc::clone(&previewed.stats)));
        let (lane, stats) = self.candidate.as_ref().and_then(of).ok_or(NoSeat::Empty)?;
        match lane.pick(tried, None) {
            Some(upstream) => Ok(Seat { upstream, stats }),
            None => Err(NoSeat::NotReady(stats)),
        }
    }

    fn lane(&self, headers: &HeaderMap, place: u16) -> Option<(usize, &Lane)> {
        let routed = self.routes.iter().find(|route| route.matcher.holds(headers)).map(|route| route.lane);
        let index = routed.or_else(|| self.line.as_ref().map(|line| line.lane(place)))?;
        self.lanes.get(index).map(|lane| (index, lane))
    }
}

impl Lane {
    /// The one that a sticky client had, or else the less loaded of two in turn; those under suspicion only
    /// where there is no other.
    fn pick(&self, tried: &Tried, had: Option<u64>) -> Option<Arc<Upstream>> {
        let is_had = |one: &&Arc<Upstream>| Some(one.id) == had && !one.is_suspect() && !tried.has(one);
        if had.is_some()
            && let Some(had) = self.ready.iter().find(is_had)
        {
            return Some(Arc::clone(had));
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let all = self.ready.len();
        let in_turn = (0..all).filter_map(|offset| self.ready.get(turn.wrapping_add(offset) % all));
        let fresh = in_turn.filter(|one| !tried.has(one));
        let mut trusted = fresh.clone().filter(|one| !one.is_suspect());
        let first = trusted.next();
        let picked = match (first, trusted.next()) {
            (Some(first), Some(second)) if second.load() < first.load() => Some(second),
            (Some(first), _) => Some(first),
            (None, _) => fresh.into_iter().next(),
        };
        picked.map(Arc::clone)
    }
}

impl Tried {
    pub fn add(&mut self, upstream: u64) {
        self.0.rotate_right(1);
        self.0[0] = upstream;
    }

    pub fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    fn has(&self, upstream: &Upstream) -> bool {
        self.0.contains(&upstream.id)
    }
}

impl CompiledMatcher {
    fn holds(&self, headers: &HeaderMap) -> bool {
        match self {
            Self::Header(name, value) => headers.get_all(name).iter().any(|one| one == value.as_str()),
            Self::Cookie(name, value) => cookie(headers, name) == Some(value),
        }
    }
}

/// None if no request can match: a desired state with such a route is refused before it comes here.
fn compile(matcher: &Matcher) -> Option<CompiledMatcher> {
    match matcher {
        Matcher::Header { name, value } => HeaderName::from_bytes(name.as_bytes())
            .ok()
            .map(|name| CompiledMatcher::Header(name, value.clone())),
        Matcher::Cookie { name, value } => Some(CompiledMatcher::Cookie(name.clone(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;
    use sluice_core::model::shape::Route;

    use super::super::config::Sticky;
    use super::super::sample;
    use super::*;

    fn upstream(id: u64) -> Arc<Upstream> {
        Arc::new(Upstream::new(id, "127.0.0.1:1".parse().unwrap()))
    }

    /// `v1` has the instances 1 and 2, `v2` has 3.
    fn table(candidate: u16, ready: impl Fn(&str) -> Vec<Arc<Upstream>>) -> Table {
        let mut desired = sample::split("r", 1, 1000 - candidate, candidate);
        let matcher = Matcher::Header { name: "x-beta".into(), value: "yes".into() };
        desired.routes = vec![Route { name: "beta".into(), matcher, role: Role::Candidate }];
        let sticky = Some(Sticky { cookie: "seat".into(), max_age_s: 60 });
        let settings = Settings { sticky, ..Settings::default() };
        Table::build(&desired, &settings, &Board::default(), &ready)
    }

    fn both(revision: &str) -> Vec<Arc<Upstream>> {
        if revision == "v1" { vec![upstream(1), upstream(2)] } else { vec![upstream(3)] }
    }

    fn at(number: u16) -> Place {
        Place { number, instance: None, new: false, door: Door::Users }
    }

    fn seated(table: &Table, headers: &HeaderMap, tried: &Tried) -> Option<u64> {
        table.seat(headers, at(0), tried).ok().map(|seat| seat.upstream.id)
    }

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_route_beats_the_weights() {
        let table = table(0, both);
        let none = Tried::default();
        assert_eq!(seated(&table, &with("x-beta", "yes"), &none), Some(3));
        assert_ne!(seated(&table, &with("x-beta", "no"), &none), Some(3));
    }

    #[test]
    fn stable_stands_in_for_the_candidate_and_never_the_other_way() {
        let none = Tried::default();
        let lonely = |only: &'static str| move |id: &str| if id == only { both(id) } else { Vec::new() };
        let candidate_down = table(1000, lonely("v1"));
        assert!(matches!(seated(&candidate_down, &HeaderMap::new(), &none), Some(1 | 2)));
        let stable_down = table(0, lonely("v2"));
        assert!(matches!(stable_down.seat(&HeaderMap::new(), at(0), &none), Err(NoSeat::NotReady(_))));
        assert!(matches!(Table::default().seat(&HeaderMap::new(), at(0), &none), Err(NoSeat::Empty)));
    }

    #[test]
    fn an_instance_is_not_tried_twice_and_the_suspect_come_last() {
        let (one, two) = (upstream(1), upstream(2));
        let ready = [Arc::clone(&one), Arc::clone(&two)];
        let table = table(0, |id| if id == "v1" { ready.to_vec() } else { Vec::new() });
        let mut tried = Tried::default();
        let turns: Vec<_> = (0..4).filter_map(|_| seated(&table, &HeaderMap::new(), &tried)).collect();
        assert_eq!(turns, [1, 2, 1, 2]);
        assert!(one.begin());
        assert!((0..4).all(|_| seated(&table, &HeaderMap::new(), &tried) == Some(2)));
        two.suspect();
        assert!((0..4).all(|_| seated(&table, &HeaderMap::new(), &tried) == Some(1)));
        tried.add(one.id);
        assert_eq!(seated(&table, &HeaderMap::new(), &tried), Some(2));
        tried.add(two.id);
        assert_eq!(seated(&table, &HeaderMap::new(), &tried), None);
    }

    #[test]
    fn a_sticky_client_brings_its_place() {
        let table = table(500, both);
        assert_eq!(table.brought_place(&with("cookie", "a=1; seat=42")), Some((42, None)));
        assert_eq!(table.brought_place(&with("cookie", "seat=42.7")), Some((42, Some(7))));
        for forged in ["seat=1000", "seat=v2", "seat=", "other=42", "seat=42.", "seat=42.-1", "seat=.7"] {
            assert_eq!(table.brought_place(&with("cookie", forged)), None, "{forged}");
        }
    }

    #[test]
    fn a_sticky_client_keeps_its_instance_until_that_is_gone() {
        let (one, two) = (upstream(1), upstream(2));
        let ready = [Arc::clone(&one), Arc::clone(&two)];
        let both = table(0, |id| if id == "v1" { ready.to_vec() } else { Vec::new() });
        let had = |table: &Table, instance: u64, tried: &Tried| {
            let place = Place { instance: Some(instance), ..at(0) };
            table.seat(&HeaderMap::new(), place, tried).ok().map(|seat| seat.upstream.id)
        };
        let none = Tried::default();
        assert!(two.begin() && (0..4).all(|_| had(&both, 2, &none) == Some(2)));
        let mut tried = Tried::default();
        tried.add(2);
        assert_eq!(had(&both, 2, &tried), Some(1));
        two.suspect();
        assert!((0..4).all(|_| had(&both, 2, &none) == Some(1)));
        let alone = table(0, |id| if id == "v1" { vec![upstream(1)] } else { Vec::new() });
        assert_eq!(had(&alone, 2, &none), Some(1));
    }

    #[test]
    fn the_preview_is_the_candidates_alone() {
        let preview = Place { door: Door::Preview, ..at(0) };
        let seat = |table: &Table| table.seat(&HeaderMap::new(), preview, &Tried::default());
        assert_eq!(seat(&table(0, both)).unwrap().upstream.id, 3);
        let down = table(1000, |id| if id == "v1" { both(id) } else { Vec::new() });
        assert!(matches!(seat(&down), Err(NoSeat::NotReady(_))));
        assert!(matches!(seat(&Table::default()), Err(NoSeat::Empty)));
    }
}
