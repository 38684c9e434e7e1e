//! What a machine lacks.

/// Something that a machine lacks.
#[derive(Clone)]
pub struct Missing {
    pub name: &'static str,
    pub why: &'static str,
}
