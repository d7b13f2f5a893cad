//! Fewer points for the same picture.

use super::canvas::Point;

/// At most about four points for each of `columns` columns: the first, the least, the greatest and the last in it.
/// No peak is lost, unlike by taking every n-th.
pub fn thin(points: &[Point], columns: usize) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    if points.len() <= 2 * columns || last.0 <= first.0 {
        return points.to_vec();
    }
    let column = |point: &Point| ((point.0 - first.0) / (last.0 - first.0) * columns as f64) as usize;
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &&usize, b: &&usize| run[**a].1.total_cmp(&run[**b].1);
        let all: Vec<usize> = (0..run.len()).collect();
        let mut indices = vec![0, run.len() - 1];
        indices.extend(all.iter().min_by(by_height));
        indices.extend(all.iter().max_by(by_height));
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|i| run[i]));
    }
    kept
}

/// The corners of a step function that jumps to each point's height at its place; points closer than a
/// `columns`-th of the range count as one.
pub fn steps(points: &[Point], columns: usize) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let column =
        |x: f64| if last.0 > first.0 { ((x - first.0) / (last.0 - first.0) * columns as f64) as usize } else { 0 };
    let mut corners = vec![(first.0, 0.0)];
    for run in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let (begin, end) = (run[0], run[run.len() - 1]);
        let before = corners[corners.len() - 1].1;
        corners.push((begin.0, before));
        if end.0 > begin.0 {
            corners.push((begin.0, begin.1));
        }
        corners.push(end);
    }
    corners.dedup();
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_survive_thinning() {
        let points: Vec<Point> = (0..10_000).map(|i| (f64::from(i), if i == 5003 { 9.0 } else { 1.0 })).collect();
        let thinned = thin(&points, 100);
        assert!(thinned.len() <= 404);
        assert!(thinned.contains(&(5003.0, 9.0)));
        assert_eq!((thinned[0], thinned[thinned.len() - 1]), (points[0], points[9999]));
    }

    #[test]
    fn steps_rise_at_their_points() {
        assert_eq!(steps(&[(1.0, 0.5), (3.0, 1.0)], 100), [(1.0, 0.0), (1.0, 0.5), (3.0, 0.5), (3.0, 1.0)]);
        assert_eq!(steps(&[(1.0, 1.0)], 100), [(1.0, 0.0), (1.0, 1.0)]);
    }
}
