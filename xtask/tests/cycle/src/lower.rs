use crate::{Apart, Upper};

pub struct Lower(pub Option<Box<Upper>>, pub Apart);
