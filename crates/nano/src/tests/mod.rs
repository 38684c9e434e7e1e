//! Exploration of every order of events for small configurations of the real code.
//!
//! A scene builds a kernel, primitives and two or three tasks. The explorer plays scripts of actions on it from the beginning, each one
//! longer than a script that led to a new state, until no new state comes. A state is all that kernel, primitives, board and tasks
//! have; a future's own state is the place of its task and its entry among the waiters, and both are in it.

mod board;
mod explorer;
mod log;
mod mutations;
mod player;
mod scenes;
mod scenes_of_time;
mod small;

use board::Board;
use explorer::explore;
use log::Log;
use player::{Action, Limits, Player, Property};
