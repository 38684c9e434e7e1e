//! What is done for each function by itself, and so on several threads with the feature `parallel`.

/// What `of` makes of each item, in their order. With the feature, on the threads of the rayon pool that this is called in.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, of: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
    items.into_par_iter().map(of).collect()
}

/// What `of` makes of each item, in their order.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T, R>(items: Vec<T>, of: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(of).collect()
}
