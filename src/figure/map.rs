//! A map of respondents: agreement with one group across, with another upwards, each point with both intervals. Points
//! have numbers, and their names stand beside the map.

use maud::{Markup, html};

use super::Figure;
use super::agreement::{AgreementFound, AgreementMap, AgreementPoint};
use super::canvas::{Placement, colour, cut, framed, plain, tenths};

/// The sides of the map.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 440.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 390.0;
/// Where the list of names begins, and the height of its rows.
const NAMES: f64 = 462.0;
const ROW: f64 = 16.0;

/// Where a correlation is across and upwards. The map has room for the lowest point; a longer interval ends at its edge.
#[derive(Clone, Copy)]
struct MapScale {
    least: f64,
}

impl MapScale {
    fn of(map: &AgreementMap) -> MapScale {
        let least =
            map.points.iter().flat_map(|point| point.with).map(|found| found.rho).fold(0.25, f64::min);
        MapScale { least: ((least * 4.0 - 0.5).floor() / 4.0).clamp(-1.0, 0.0) }
    }

    fn share(self, rho: f64) -> f64 {
        ((rho - self.least) / (1.0 - self.least)).clamp(0.0, 1.0)
    }

    fn x(self, rho: f64) -> f64 {
        tenths(LEFT + (RIGHT - LEFT) * self.share(rho))
    }

    fn y(self, rho: f64) -> f64 {
        tenths(BOTTOM - (BOTTOM - TOP) * self.share(rho))
    }

    fn ticks(self) -> Vec<f64> {
        let steps = ((1.0 - self.least) / 0.25).round() as u32;
        (0..=steps).map(|step| self.least + 0.25 * f64::from(step)).collect()
    }
}

pub(super) fn drawn(map: &AgreementMap, figure: &Figure, placement: Placement) -> Markup {
    let scale = MapScale::of(map);
    let height = (BOTTOM + 44.0).max(TOP + 22.0 + ROW * map.points.len() as f64);
    let labels = labels(map, scale);
    let body = html! {
        (frame(map, scale))
        // All lines first, so that none crosses a point.
        @for point in &map.points { (cross(point, scale)) }
        @for (at, (point, label)) in map.points.iter().zip(&labels).enumerate() { (one(map, at, point, *label, scale)) }
        text class="d" x=(NAMES) y=(TOP + 6.0) { (cut(&format!("{} | {}", map.groups[0], map.groups[1]), 46)) }
        @for (at, point) in map.points.iter().enumerate() {
            @let [across, up] = point.with;
            text class="d" x=(NAMES) y=(TOP + 24.0 + ROW * at as f64) {
                (at + 1) " " (cut(&point.respondent, 26)) " · n " (point.n) " · " (format!("{:.2} | {:.2}", across.rho, up.rho))
            }
        }
    };
    framed(figure, placement, height, &body)
}

fn frame(map: &AgreementMap, scale: MapScale) -> Markup {
    let middle = f64::midpoint(TOP, BOTTOM);
    html! {
        @for tick in scale.ticks() {
            path class="g" d=(format!("M{} {TOP}V{BOTTOM}M{LEFT} {}H{RIGHT}", scale.x(tick), scale.y(tick))) {}
            text class="d m" x=(scale.x(tick)) y=(BOTTOM + 15.0) { (format!("{tick:.2}")) }
            text class="d e" x=(LEFT - 5.0) y=(scale.y(tick) + 4.0) { (format!("{tick:.2}")) }
        }
        // On this line, a respondent is as near to the one group as to the other.
        path class="g" stroke-dasharray="4 4" d=(format!("M{} {}L{} {}", scale.x(scale.least), scale.y(scale.least), scale.x(1.0), scale.y(1.0))) {}
        text class="d m" x=(f64::midpoint(LEFT, RIGHT)) y=(BOTTOM + 33.0) { "Spearman's ρ with " (cut(&map.groups[0], 30)) }
        text class="d m" transform=(format!("rotate(-90 14 {middle})")) x="14" y=(middle) { "Spearman's ρ with " (cut(&map.groups[1], 30)) }
    }
}

fn cross(point: &AgreementPoint, scale: MapScale) -> Markup {
    let [across, up] = point.with;
    let (x, y) = (scale.x(across.rho), scale.y(up.rho));
    let lines = format!(
        "M{} {y}H{}M{x} {}V{}",
        scale.x(across.low),
        scale.x(across.high),
        scale.y(up.low),
        scale.y(up.high)
    );
    html! { path class="w" opacity=".35" d=(lines) {} }
}

fn one(map: &AgreementMap, at: usize, point: &AgreementPoint, label: (f64, f64), scale: MapScale) -> Markup {
    let [across, up] = point.with;
    let (x, y) = (scale.x(across.rho), scale.y(up.rho));
    let told = |group: &str, found: AgreementFound| {
        format!("{} {:.2} [{:.2} to {:.2}]", plain(group), found.rho, found.low, found.high)
    };
    html! {
        g data-who=(plain(&point.respondent)) data-n=(point.n) data-x=(across.rho) data-x-low=(across.low) data-x-high=(across.high)
            data-y=(up.rho) data-y-low=(up.low) data-y-high=(up.high) {
            title { (plain(&point.respondent)) ": " (told(&map.groups[0], across)) ", " (told(&map.groups[1], up)) ", n " (point.n) }
            circle class=(colour(at)) cx=(x) cy=(y) r="5" {}
            text class="b m" x=(label.0) y=(label.1) { (at + 1) }
        }
    }
}

/// Where the numbers of the points stand: beside their point, where no other point or number is.
fn labels(map: &AgreementMap, scale: MapScale) -> Vec<(f64, f64)> {
    const AROUND: [(f64, f64); 8] = [
        (0.0, -9.0),
        (12.0, 4.0),
        (-12.0, 4.0),
        (0.0, 17.0),
        (11.0, -6.0),
        (-11.0, -6.0),
        (11.0, 14.0),
        (-11.0, 14.0),
    ];
    let points: Vec<(f64, f64)> =
        map.points.iter().map(|point| (scale.x(point.with[0].rho), scale.y(point.with[1].rho))).collect();
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for (x, y) in &points {
        let free = |label: &(f64, f64)| {
            let near = |other: &(f64, f64), width: f64, height: f64| {
                (label.0 - other.0).abs() < width && (label.1 - other.1).abs() < height
            };
            // The middle of a number is above its line.
            !taken.iter().any(|other| near(other, 16.0, 12.0))
                && !points.iter().any(|(px, py)| near(&(*px, py + 4.0), 11.0, 10.0))
        };
        let places =
            [1.0, 1.6, 2.3].into_iter().flat_map(|far| AROUND.map(|(dx, dy)| (x + dx * far, y + dy * far)));
        let place = places.into_iter().find(free).unwrap_or((*x, y - 9.0));
        taken.push((tenths(place.0), tenths(place.1)));
    }
    taken
}
