//! How many copies of each chunk there are among the peers that are there.

/// Copies by chunk, and how many chunks have so many copies: the fewest are found without looking at all.
#[derive(Debug)]
pub(super) struct Copies {
    of_chunk: Vec<u32>,
    /// By number of copies: chunks that have as many.
    with: Vec<u32>,
    fewest: u32,
    total: u64,
}

impl Copies {
    pub(super) fn new(chunks: u32) -> Copies {
        Copies { of_chunk: vec![0; chunks as usize], with: vec![chunks], fewest: 0, total: 0 }
    }

    pub(super) fn add(&mut self, chunk: u32) {
        let copies = &mut self.of_chunk[chunk as usize];
        *copies += 1;
        let now = *copies as usize;
        if self.with.len() <= now {
            self.with.resize(now + 1, 0);
        }
        self.with[now - 1] -= 1;
        self.with[now] += 1;
        self.total += 1;
        if now - 1 == self.fewest as usize && self.with[now - 1] == 0 {
            self.fewest += 1;
        }
    }

    pub(super) fn remove(&mut self, chunk: u32) {
        let copies = &mut self.of_chunk[chunk as usize];
        *copies -= 1;
        let now = *copies as usize;
        self.with[now + 1] -= 1;
        self.with[now] += 1;
        self.total -= 1;
        self.fewest = self.fewest.min(now as u32);
    }

    /// The fewest copies of any chunk, and the mean.
    pub(super) fn fewest_and_mean(&self) -> (u32, f64) {
        (self.fewest, self.total as f64 / self.of_chunk.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_those_of_the_rarest_chunk() {
        let mut copies = Copies::new(3);
        assert_eq!(copies.fewest_and_mean(), (0, 0.0));
        let mut numbers = [0u32; 3];
        // Some order of adding and removing in which the rarest changes often.
        for step in [0i32, 1, 2, 0, 0, 1, -1, -2, 2, 2, -3, -1, -1, 1, 1, -2, -3, -3] {
            match step {
                s if s >= 0 => {
                    copies.add(s as u32);
                    numbers[s as usize] += 1;
                }
                s => {
                    let chunk = (-s - 1) as usize;
                    if numbers[chunk] > 0 {
                        copies.remove(chunk as u32);
                        numbers[chunk] -= 1;
                    }
                }
            }
            let (fewest, mean) = copies.fewest_and_mean();
            assert_eq!(fewest, *numbers.iter().min().unwrap(), "{numbers:?}");
            assert_eq!(mean, f64::from(numbers.iter().sum::<u32>()) / 3.0);
        }
    }
}
