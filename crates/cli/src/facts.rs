//! Facts for JSON.

use serde_json::Value;

/// Facts that become the members of a JSON object, in the order of their keys. Those that are JSON already stand in it as they are, so
/// that no number loses a digit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    members: Vec<(String, String)>,
}

impl Facts {
    /// Adds a fact, or replaces the one of this key.
    pub fn add(&mut self, key: &str, value: impl Into<Value>) {
        self.add_json(key, value.into().to_string());
    }

    /// Adds a fact that is JSON already.
    pub fn add_json(&mut self, key: &str, json: impl Into<String>) {
        match self.members.binary_search_by(|(other, _)| other.as_str().cmp(key)) {
            Ok(at) => self.members[at].1 = json.into(),
            Err(at) => self.members.insert(at, (key.into(), json.into())),
        }
    }

    /// Adds facts whose keys are not there.
    pub fn extend(&mut self, others: &Self) {
        for (key, json) in &others.members {
            if self.members.iter().all(|(own, _)| own != key) {
                self.add_json(key, json.clone());
            }
        }
    }

    /// Returns a fact, as JSON.
    #[cfg(feature = "run")]
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members.iter().find(|(other, _)| other == key).map(|(_, json)| json.as_str())
    }

    /// Returns the object.
    #[must_use]
    pub fn object(&self) -> String {
        let members = self.members.iter().map(|(key, json)| format!("{}:{json}", Value::from(key.as_str())));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}
