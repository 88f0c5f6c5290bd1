//! The files that Envoy watches, from a goal. Pure.

use serde_json::{Value, json};
use sluice_core::model::shape::{Matcher, Role, Weight};

use crate::gateway::external::{Goal, Lane};

/// Names of the route configurations, which the bootstrap names too.
pub const USERS: &str = "users";
pub const PREVIEW: &str = "preview";

/// Methods that may be mirrored: the others change something.
const SAFE_METHODS: &str = "GET|HEAD|OPTIONS";

const CLUSTER: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const ENDPOINTS: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
const ROUTES: &str = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

/// One server in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// `host:port`.
    pub address: String,
    /// It gets nothing new.
    pub draining: bool,
}

/// The name of a revision's cluster: what stands before a dot would end the name in Envoy's statistics.
pub fn cluster_name(id: &str) -> String {
    let plain = |one: char| if one.is_ascii_alphanumeric() || one == '-' { one } else { '_' };
    id.chars().map(plain).collect()
}

/// The file of a cluster's servers: Envoy takes one resource from a file.
pub fn endpoints_file(cluster: &str) -> String {
    format!("endpoints-{cluster}.json")
}

/// Clusters by name, of which each has its servers in a file of its own.
pub fn clusters<'a>(names: impl Iterator<Item = &'a str>, directory: &str) -> Value {
    let cluster = |name: &str| {
        json!({
            "@type": CLUSTER, "name": name, "type": "EDS", "connect_timeout": "2s", "lb_policy": "LEAST_REQUEST",
            "eds_cluster_config": { "eds_config": watched(&format!("{directory}/{}", endpoints_file(name))) },
            // One that drains gets nothing, even if it is the last.
            "common_lb_config": { "healthy_panic_threshold": { "value": 0 } },
            "circuit_breakers": { "thresholds": [{ "max_connections": 100_000, "max_requests": 100_000, "max_pending_requests": 100_000 }] },
        })
    };
    response(names.map(cluster).collect())
}

/// The servers of a cluster.
pub fn endpoints(cluster: &str, members: &[Member]) -> Value {
    let member = |one: &Member| {
        let (host, port) = one.address.rsplit_once(':').unwrap_or((one.address.as_str(), "0"));
        let port: u16 = port.parse().unwrap_or(0);
        let address = json!({ "socket_address": { "address": host, "port_value": port } });
        let health = if one.draining { "DRAINING" } else { "HEALTHY" };
        json!({ "endpoint": { "address": address }, "health_status": health })
    };
    let members: Vec<Value> = members.iter().map(member).collect();
    let endpoints = json!([{ "lb_endpoints": members }]);
    response(vec![json!({ "@type": ENDPOINTS, "cluster_name": cluster, "endpoints": endpoints })])
}

/// Where users' requests go.
pub fn routes(goal: &Goal) -> Value {
    response(vec![configuration(USERS, users(goal))])
}

/// Where the preview's requests go: to the candidate alone.
pub fn preview(goal: &Goal) -> Value {
    let candidate = goal.lanes.iter().find(|lane| lane.role == Role::Candidate && !lane.servers.is_empty());
    let route = candidate.map_or_else(nothing, |lane| {
        json!({ "match": { "prefix": "/" }, "route": to(&json!({ "cluster": cluster_name(&lane.id) })) })
    });
    response(vec![configuration(PREVIEW, vec![route])])
}

/// Weights by the names of clusters, as a route configuration that Envoy has gives them to users without a route.
pub fn weights(configuration: &Value) -> Vec<(String, Weight)> {
    let last =
        configuration.pointer("/virtual_hosts/0/routes").and_then(Value::as_array).and_then(|all| all.last());
    let clusters = last.and_then(|route| route.pointer("/route/weighted_clusters/clusters"));
    let weight = |one: &Value| {
        let weight = one["weight"].as_u64().and_then(|weight| u16::try_from(weight).ok()).unwrap_or(0);
        Some((one["name"].as_str()?.to_owned(), Weight::per_mille(weight).ok()?))
    };
    clusters.and_then(Value::as_array).into_iter().flatten().filter_map(weight).collect()
}

fn users(goal: &Goal) -> Vec<Value> {
    let by_weight = by_weight(goal);
    if by_weight.is_empty() {
        return vec![nothing()];
    }
    let split = json!({ "weighted_clusters": { "clusters": by_weight } });
    let of_role = |role: Role| goal.lanes.iter().find(|lane| lane.role == role && !lane.servers.is_empty());
    let routed = goal.routes.iter().filter_map(|route| {
        Some((Some(header(&route.matcher)), json!({ "cluster": cluster_name(&of_role(route.role)?.id) })))
    });
    let all: Vec<(Option<Value>, Value)> = routed.chain([(None, split)]).collect();
    let mirror =
        goal.mirror.and_then(|mirror| Some((cluster_name(&of_role(mirror.role)?.id), mirror.weight)));
    let mut routes = Vec::new();
    for (header, target) in &all {
        let headers: Vec<Value> = header.iter().cloned().collect();
        if let Some((shadow, weight)) = &mirror {
            let safe =
                json!({ "name": ":method", "string_match": { "safe_regex": { "regex": SAFE_METHODS } } });
            let headers: Vec<&Value> = headers.iter().chain([&safe]).collect();
            let mut route = to(target);
            route["request_mirror_policies"] = json!([{
                "cluster": shadow,
                "runtime_fraction": { "default_value": { "numerator": u32::from(weight.get()) * 10, "denominator": "TEN_THOUSAND" } },
            }]);
            routes.push(json!({ "match": { "prefix": "/", "headers": headers }, "route": route }));
        }
        routes.push(json!({ "match": { "prefix": "/", "headers": headers }, "route": to(target) }));
    }
    routes
}

/// The clusters with their weights; what a revision without a server should get, the stable one gets.
fn by_weight(goal: &Goal) -> Vec<Value> {
    let is_stable = |lane: &&Lane| goal.stable.as_ref().is_none_or(|id| *id == lane.id);
    let stable = goal.lanes.iter().find(is_stable).or_else(|| goal.lanes.first());
    let mut weights: Vec<(String, u16)> = Vec::new();
    for lane in &goal.lanes {
        let gets = if lane.servers.is_empty() { stable.unwrap_or(lane) } else { lane };
        let name = cluster_name(&gets.id);
        match weights.iter_mut().find(|(known, _)| *known == name) {
            Some((_, weight)) => *weight += lane.weight.get(),
            None => weights.push((name, lane.weight.get())),
        }
    }
    weights.retain(|(_, weight)| *weight > 0);
    weights.iter().map(|(name, weight)| json!({ "name": name, "weight": weight })).collect()
}

/// A route's action. What did not reach an instance is sent to another one.
fn to(target: &Value) -> Value {
    let mut route = target.clone();
    route["timeout"] = json!("0s");
    route["retry_policy"] = json!({
        "retry_on": "connect-failure,refused-stream,reset-before-request", "num_retries": 3,
        "retry_host_predicate": [{
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
        }],
        "host_selection_retry_max_attempts": 5,
    });
    route
}

fn nothing() -> Value {
    let body = json!({ "inline_string": "sluice: no revision is served here\n" });
    json!({ "match": { "prefix": "/" }, "direct_response": { "status": 503, "body": body } })
}

fn header(matcher: &Matcher) -> Value {
    match matcher {
        Matcher::Header { name, value } => json!({ "name": name, "string_match": { "exact": value } }),
        Matcher::Cookie { name, value } => {
            let pair = format!("{}={}", escaped(name), escaped(value));
            let regex = format!("(.*;\\s*)?{pair}(\\s*;.*)?");
            json!({ "name": "cookie", "string_match": { "safe_regex": { "regex": regex } } })
        }
    }
}

fn escaped(text: &str) -> String {
    let mut regex = String::new();
    for one in text.chars() {
        if !one.is_ascii_alphanumeric() && one.is_ascii() {
            regex.push('\\');
        }
        regex.push(one);
    }
    regex
}

fn configuration(name: &str, routes: Vec<Value>) -> Value {
    let host = json!({ "name": name, "domains": ["*"], "routes": routes });
    json!({ "@type": ROUTES, "name": name, "virtual_hosts": [host] })
}

/// The version tells which of the files Envoy has: it follows from what is in it.
fn response(resources: Vec<Value>) -> Value {
    let version = sluice_core::plan::digest(Value::from(resources.clone()).to_string().as_bytes());
    json!({ "version_info": version, "resources": resources })
}

/// A file that is read again whenever one is moved into its folder.
pub fn watched(path: &str) -> Value {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    json!({
        "resource_api_version": "V3",
        "path_config_source": { "path": path, "watched_directory": { "path": folder } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::external::Server;
    use sluice_core::model::shape::{Mirror, Route};

    fn goal(servers: usize) -> Goal {
        let server =
            |number: usize| Server { name: format!("i-{number}"), address: ([127, 0, 0, 1], 80).into() };
        let lane = |id: &str, role, weight, servers| Lane {
            id: id.to_owned(),
            role,
            weight: Weight::per_mille(weight).unwrap(),
            servers: (0..servers).map(server).collect(),
        };
        let lanes = vec![lane("v1.0-a", Role::Stable, 995, 1), lane("v2.0-b", Role::Candidate, 5, servers)];
        Goal { release: "r".to_owned(), lanes, stable: Some("v1.0-a".to_owned()), ..Goal::default() }
    }

    fn shares(goal: &Goal) -> String {
        let routes = routes(goal);
        let shares = weights(&routes["resources"][0]);
        shares.iter().map(|(name, weight)| format!("{name} {weight}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn weights_are_written_as_they_are_read() {
        assert_eq!(shares(&goal(1)), "v1_0-a 99.5 %, v2_0-b 0.5 %");
        // Nobody is sent where nobody is.
        assert_eq!(shares(&goal(0)), "v1_0-a 100 %");
        assert_eq!(shares(&Goal::default()), "");
    }

    #[test]
    fn only_what_changes_nothing_is_mirrored() {
        let mut goal = goal(1);
        goal.mirror = Some(Mirror { role: Role::Candidate, weight: Weight::per_mille(105).unwrap() });
        let all = routes(&goal);
        let routes = all["resources"][0]["virtual_hosts"][0]["routes"].as_array().unwrap();
        assert_eq!(routes.len(), 2);
        let policy = &routes[0]["route"]["request_mirror_policies"][0];
        assert_eq!(policy["runtime_fraction"]["default_value"]["numerator"], 1050);
        assert_eq!(routes[0]["match"]["headers"][0]["string_match"]["safe_regex"]["regex"], SAFE_METHODS);
        assert!(routes[1]["route"].get("request_mirror_policies").is_none());
    }

    #[test]
    fn a_cookie_is_matched_as_a_whole() {
        let mut goal = goal(1);
        let matcher = Matcher::Cookie { name: "be.ta".into(), value: "1".into() };
        goal.routes = vec![Route { name: "beta".into(), matcher, role: Role::Candidate }];
        let all = routes(&goal);
        let first = &all["resources"][0]["virtual_hosts"][0]["routes"][0];
        insta::assert_snapshot!(first["match"], @r#"{"headers":[{"name":"cookie","string_match":{"safe_regex":{"regex":"(.*;\\s*)?be\\.ta=1(\\s*;.*)?"}}}],"prefix":"/"}"#);
        assert_eq!(first["route"]["cluster"], "v2_0-b");
    }
}
