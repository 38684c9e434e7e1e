use super::lower::Lower;

pub struct Upper(pub Lower);
