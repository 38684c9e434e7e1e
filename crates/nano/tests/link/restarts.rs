//! Restarts, and cuts of the power in them.

use super::flash::Torn;
use super::*;
use aingle_wasm_nano::link::{Dropped, Epochs, LinkError, StoreError};
use std::collections::HashSet;

/// Both sides greet and answer, and each is heard again.
fn meet(node: &mut Side, controller: &mut Side) {
    let hello = greet(node);
    deliver(controller, &hello);
    let hello = greet(controller);
    deliver(node, &hello);
    let hello = greet(node);
    deliver(controller, &hello);
    for (from, to) in [(0, 1), (1, 0)] {
        let sides = [&mut *node, &mut *controller];
        let frame = send(sides[from], b"again");
        let seen = deliver_one(sides[to], &frame);
        assert_eq!(seen, Seen::Payload(b"again".to_vec(), Verdict::Fresh));
        assert!(sides[to].is_heard());
    }
}

#[test]
fn lesson_36_a_restart_between_any_two_frames_does_not_reopen_the_window() {
    for before in 0..20 {
        let (near, far) = (Flash::provisioned(), Flash::provisioned());
        let (mut node, mut controller) = (open(NODE, &near), open(CONTROLLER, &far));
        let mut frames = Vec::new();
        for number in 0..before {
            frames.push(send(&mut controller, &[number]));
            deliver_one(&mut node, frames.last().unwrap());
        }
        let mut node = open(NODE, &near);
        frames.push(send(&mut controller, b"of the old epoch"));
        for frame in &frames {
            let seen = deliver_one(&mut node, frame);
            let first = before == 0 && matches!(seen, Seen::Payload(..));
            assert!(first || seen == Seen::Dropped(Dropped::Stale { epoch: 1 }), "{seen:?}");
        }
        assert!(before == 0 || node.counters().stale == u32::from(before) + 1);
        meet(&mut node, &mut controller);
        assert!(frames.iter().all(|frame| matches!(deliver_one(&mut node, frame), Seen::Dropped(_))));
    }
}

#[test]
fn a_greeting_that_is_replayed_changes_nothing() {
    let (near, far) = (Flash::provisioned(), Flash::provisioned());
    let (mut node, mut controller) = (open(NODE, &near), open(CONTROLLER, &far));
    let frame = send(&mut controller, b"x");
    deliver_one(&mut node, &frame);
    let mut node = open(NODE, &near);
    let hello = greet(&mut node);
    assert_eq!(deliver_one(&mut controller, &hello), Seen::Greeting);
    let (epochs, writes) = (controller.epochs(), far.writes());
    assert_eq!(epochs, Epochs { sent: 2, accepted: 2 });
    assert!(matches!(deliver_one(&mut controller, &hello), Seen::Dropped(Dropped::Replayed { .. })));
    let hello = greet(&mut node);
    assert_eq!(deliver_one(&mut controller, &hello), Seen::Greeting);
    assert_eq!((controller.epochs(), far.writes()), (epochs, writes));
}

#[test]
fn a_side_whose_memory_was_made_anew_goes_on_above_what_the_other_has_accepted() {
    let (near, far) = (Flash::provisioned(), Flash::provisioned());
    for _ in 0..5 {
        meet(&mut open(NODE, &near), &mut open(CONTROLLER, &far));
    }
    meet(&mut open(NODE, &near), &mut open(CONTROLLER, &Flash::provisioned()));
}

#[test]
fn the_last_epoch_is_the_end() {
    let flash = Flash::provisioned();
    let mut record = *b"NKE\x01\xff\xff\xff\xff\0\0\0\0\0\0\0\0";
    let crc = crc32fast::hash(&record[..12]);
    record[12..].copy_from_slice(&crc.to_le_bytes());
    flash.set_cells([record; 2]);
    assert_eq!(Link::open(NODE, TwoCells::new(flash)).err(), Some(LinkError::Exhausted));
}

/// Opens a link whose power is cut after some bytes of its memory. Returns it if it opened.
fn open_and_cut(association: Association, flash: &Flash, bytes: usize, torn: Torn) -> Option<Side> {
    flash.cut_after(bytes, torn);
    let opened = Link::open(association, TwoCells::new(flash.clone()));
    assert!(matches!(
        opened,
        Ok(_) | Err(LinkError::Store(StoreError::Memory(_) | StoreError::ReadBack { .. }))
    ));
    opened.ok()
}

#[test]
fn the_power_is_cut_at_every_byte_of_every_write() {
    let mut cuts = 0;
    for torn in [Torn::Older, Torn::Erased, Torn::Zeros] {
        // Two writes of 16 bytes when a link opens, two when it accepts an epoch.
        for (first, second) in (0..=64).flat_map(|first| (0..=32).map(move |second| (first, second))) {
            cuts += 1;
            let (near, far) = (Flash::provisioned(), Flash::provisioned());
            let mut controller = open(CONTROLLER, &far);
            let (mut sent, mut old) = (HashSet::new(), Vec::new());
            if let Some(mut node) = open_and_cut(NODE, &near, first, torn) {
                sent.insert(send(&mut node, b"same"));
                let frame = send(&mut controller, b"order");
                let seen = deliver_one(&mut node, &frame);
                let epoch = Dropped::NotStored { epoch: 1 };
                assert!(matches!(seen, Seen::Payload(..)) || seen == Seen::Dropped(epoch), "{seen:?}");
                if matches!(seen, Seen::Payload(..)) {
                    old.push(frame);
                }
            }
            // The power is cut in the restart, too.
            near.power_on();
            if let Some(mut node) = open_and_cut(NODE, &near, second, torn) {
                assert!(
                    sent.insert(send(&mut node, b"same")),
                    "{torn:?} {first} {second}: a counter comes twice"
                );
            }
            near.power_on();
            let mut node = open(NODE, &near);
            assert!(
                sent.insert(send(&mut node, b"same")),
                "{torn:?} {first} {second}: a counter comes twice"
            );
            for frame in &old {
                let seen = deliver_one(&mut node, frame);
                assert!(matches!(seen, Seen::Dropped(_)), "{torn:?} {first} {second}: {seen:?}");
            }
            meet(&mut node, &mut controller);
        }
    }
    println!("{cuts} pairs of cuts");
}

/// What may happen on a link.
#[derive(Clone, Copy, Debug)]
enum Event {
    Send,
    Lose,
    Greet,
    RestartNode,
    RestartController,
    ReplayAll,
}

#[test]
fn no_payload_is_accepted_twice_in_any_history() {
    use Event::*;
    let events = [Send, Lose, Greet, RestartNode, RestartController, ReplayAll];
    let (mut histories, mut accepted_in_all) = (0, 0);
    for mut number in 0..events.len().pow(6) {
        let (near, far) = (Flash::provisioned(), Flash::provisioned());
        let (mut node, mut controller) = (open(NODE, &near), open(CONTROLLER, &far));
        let (mut taped, mut accepted) = (Vec::new(), HashSet::new());
        for step in 0..6u8 {
            let event = events[number % events.len()];
            number /= events.len();
            let fresh = match event {
                Send => vec![send(&mut controller, &[step])],
                Lose => {
                    taped.push(send(&mut controller, &[step]));
                    vec![]
                }
                Greet => {
                    let hello = greet(&mut node);
                    deliver(&mut controller, &hello);
                    vec![]
                }
                RestartNode => {
                    node = open(NODE, &near);
                    vec![]
                }
                RestartController => {
                    controller = open(CONTROLLER, &far);
                    vec![]
                }
                ReplayAll => taped.clone(),
            };
            for frame in &fresh {
                if let Seen::Payload(payload, _) = deliver_one(&mut node, frame) {
                    assert!(accepted.insert(payload), "history {histories}, step {step}");
                }
            }
            taped.extend(fresh);
        }
        histories += 1;
        accepted_in_all += accepted.len();
        meet(&mut node, &mut controller);
    }
    println!("{histories} histories, {accepted_in_all} payloads accepted");
    assert!(accepted_in_all > histories / 2);
}
