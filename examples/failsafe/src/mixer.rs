//! Mixer in fixed point.

/// 1.0 in Q15. Controls go from -32,767 to 32,767, the throttle and outputs from 0.
pub const ONE: i32 = 32_767;

/// What the vehicle is to do, in Q15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// To the right: -ONE to ONE.
    pub roll: i16,
    /// Up: -ONE to ONE.
    pub pitch: i16,
    /// To the right: -ONE to ONE.
    pub yaw: i16,
    /// 0 to ONE. Less counts as 0.
    pub throttle: i16,
}

/// Share of roll, pitch and yaw in each motor, in Q15. Motors: front right, back left, front left, back right; the first two turn left.
const SHARES: [[i32; 3]; 4] = [
    [-16_384, 16_384, 8_192],
    [16_384, -16_384, 8_192],
    [16_384, 16_384, -8_192],
    [-16_384, -16_384, -8_192],
];

/// Mixes controls into four outputs in Q15: 0 to ONE.
///
/// If an output would be above ONE, the throttle is lowered for all, and if one would be below 0 it is raised, so that the differences, which
/// hold the attitude, stay. What is left outside is cut.
#[must_use]
pub fn mix(controls: Controls) -> [u16; 4] {
    let axes = [controls.roll, controls.pitch, controls.yaw].map(i32::from);
    let mut outputs = SHARES.map(|shares| {
        let sum: i32 = shares.iter().zip(axes).map(|(share, axis)| (share * axis) >> 15).sum();
        i32::from(controls.throttle.max(0)) + sum
    });
    let highest = outputs.iter().copied().max().unwrap_or(0);
    let lowest = outputs.iter().copied().min().unwrap_or(0);
    let shift = if highest > ONE { ONE - highest } else { (-lowest).clamp(0, ONE - highest) };
    for output in &mut outputs {
        *output += shift;
    }
    outputs.map(|output| output.clamp(0, ONE) as u16)
}

/// Returns the pulse of an output, in microseconds: 1,000 to 2,000.
#[must_use]
pub fn pulse(output: u16) -> u16 {
    1000 + ((u32::from(output).min(ONE as u32) * 1000 + 16_384) >> 15) as u16
}
