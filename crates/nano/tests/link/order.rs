//! Reflection, replay, and the order of frames.

use super::*;
use aingle_wasm_nano::link::{Dropped, Window};

#[test]
fn lesson_36_a_reflected_frame_is_counted_and_dropped() {
    let (mut node, _) = pair();
    let frame = send(&mut node, b"x");
    assert_eq!(deliver_one(&mut node, &frame), Seen::Dropped(Dropped::Reflected));
    assert_eq!((node.counters().reflected, node.counters().forged), (1, 0));
}

#[test]
fn a_forged_frame_with_a_counter_of_ours_is_forged() {
    let (mut node, mut controller) = pair();
    let other = Association { send_key: [9; 16], ..CONTROLLER };
    let frame = send(&mut open(other, &Flash::provisioned()), b"x");
    assert_eq!(deliver_one(&mut node, &frame), Seen::Dropped(Dropped::Forged));
    assert_eq!(deliver_one(&mut controller, &frame), Seen::Dropped(Dropped::Forged));
}

#[test]
fn a_frame_is_accepted_once() {
    let (mut node, mut controller) = pair();
    let frames: Vec<_> = (0..100u8).map(|number| send(&mut node, &[number])).collect();
    for frame in &frames {
        assert!(matches!(deliver_one(&mut controller, frame), Seen::Payload(_, Verdict::Fresh)));
    }
    for (at, frame) in frames.iter().enumerate() {
        let counter = (1 << 32) + at as u64 + 1;
        let dropped = if at < 36 { Dropped::Delayed { counter } } else { Dropped::Replayed { counter } };
        assert_eq!(deliver_one(&mut controller, frame), Seen::Dropped(dropped));
    }
    assert_eq!((controller.counters().replayed, controller.counters().delayed), (64, 36));
    assert_eq!(controller.counters().dropped(), 100);
}

#[test]
fn frames_that_were_overtaken_are_accepted_within_the_window() {
    let (mut node, mut controller) = pair();
    let frames: Vec<_> = (0..70u8).map(|number| send(&mut node, &[number])).collect();
    deliver_one(&mut controller, &frames[69]);
    for number in (0..69u8).rev() {
        let seen = deliver_one(&mut controller, &frames[usize::from(number)]);
        let counter = (1 << 32) + u64::from(number) + 1;
        let expected = if number < 6 {
            Seen::Dropped(Dropped::Delayed { counter })
        } else {
            Seen::Payload(vec![number], Verdict::Reordered)
        };
        assert_eq!(seen, expected);
    }
    let counters = controller.counters();
    assert_eq!((counters.fresh, counters.reordered, counters.delayed), (1, 63, 6));
}

#[test]
fn verdicts_at_the_edges_of_the_window() {
    let mut window = Window::above(0);
    assert_eq!(window.check(0), Verdict::Replay);
    for counter in [1, 100] {
        assert_eq!(window.check(counter), Verdict::Fresh);
        window.accept(counter);
    }
    let expected = [
        (100, Verdict::Replay),
        (99, Verdict::Reordered),
        (37, Verdict::Reordered),
        (36, Verdict::TooOld),
        (1, Verdict::TooOld),
        (101, Verdict::Fresh),
        (u64::MAX, Verdict::Fresh),
    ];
    expected.iter().for_each(|(counter, verdict)| assert_eq!(window.check(*counter), *verdict, "{counter}"));
    window.accept(163);
    assert_eq!(
        (window.check(100), window.check(101), window.top()),
        (Verdict::Replay, Verdict::Reordered, 163)
    );
    window.accept(u64::MAX);
    assert_eq!((window.check(163), window.check(u64::MAX)), (Verdict::TooOld, Verdict::Replay));
}
