//! Runs campaigns of power cuts, and prints how many histories they had.

fn main() {}
