//! Families whose samples would have the same names.

use std::collections::HashMap;

use super::family::Family;
use super::{Found, Grade, named};

/// Every name that a sample of some family has, with the family.
#[derive(Debug, Default)]
pub struct Names {
    samples: HashMap<String, String>,
    families: Vec<(String, usize)>,
}

impl Names {
    pub fn take(&mut self, family: &Family, open: bool) {
        for suffix in family.suffixes(open).iter().filter(|suffix| !suffix.is_empty()) {
            self.samples.insert(format!("{}{suffix}", family.name), family.name.clone());
        }
        self.families.push((family.name.clone(), family.at));
    }

    pub fn clashes(&self, found: &mut Vec<Found>) {
        for (name, at) in &self.families {
            let Some(other) = self.samples.get(name).filter(|other| *other != name) else { continue };
            found.push(Found {
                at: *at,
                grade: Grade::Error,
                rule: "name-clash",
                message: format!("`{}` is also what a sample of `{}` is called", named(name), named(other)),
                help: "name one of the two otherwise",
            });
        }
    }
}
