//! The plot in a file: a histogram for each row of the table, one above the other on one scale.

use std::{fs, path::Path};

use plotters::{coord::Shift, prelude::*};
use sunrpc_tools::failure::Failure;

use crate::{figures::Figures, row::Row, spread::Spread, text::human};

type Failed = DrawingAreaErrorKind<std::io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const WIDTH: u32 = 860;
const TITLE: u32 = 60;
const PANEL: u32 = 130;
const MARGIN: i32 = 16;
const STEPS: u32 = 120;
const TEXT: (&str, u32) = ("sans-serif", 14);
const BARS: RGBColor = RGBColor(40, 110, 190);

/// Writes it.
pub(crate) fn write(file: &Path, title: &str, rows: &[Row]) -> Result<(), Failure> {
    let mut svg = String::new();
    let failed = |why: &dyn std::fmt::Display| {
        Failure::new(format!("the plot cannot be written to {}: {why}", file.display()))
    };
    draw(title, rows, &mut svg).map_err(|error| failed(&error))?;
    fs::write(file, svg).map_err(|error| failed(&error))
}

fn draw(title: &str, rows: &[Row], svg: &mut String) -> Result<(), Failed> {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.times.is_empty()).collect();
    let times: Vec<_> = rows.iter().map(|row| &row.times).collect();
    let Some(spread) = Spread::of(&times, STEPS) else { return Ok(()) };
    let panels = u32::try_from(rows.len()).unwrap_or_default();
    let height = PANEL.saturating_mul(panels).saturating_add(TITLE);
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let title = format!("{title} (red: p50)");
    root.draw(&Text::new(title, (MARGIN, MARGIN), ("sans-serif", 18).into_font()))?;
    let panels = root.split_vertically(TITLE).1.split_evenly((rows.len(), 1));
    for ((panel, row), shares) in panels.iter().zip(&rows).zip(&spread.shares) {
        draw_panel(panel, row, &spread, shares)?;
    }
    root.present()
}

fn draw_panel(panel: &Area<'_>, row: &Row, spread: &Spread, shares: &[u64]) -> Result<(), Failed> {
    panel.draw(&Text::new(caption(row), (MARGIN, 0), TEXT.into_font()))?;
    let (low, high) = spread.ends();
    let mut chart = ChartBuilder::on(panel)
        .margin(MARGIN)
        .x_label_area_size(24)
        .build_cartesian_2d(low.log10()..high.log10(), 0.0..spread.most as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(WHITE)
        .x_labels(8)
        .x_label_formatter(&|power| human(10_f64.powf(*power)))
        .label_style(TEXT)
        .draw()?;
    let area = chart.plotting_area();
    for ((from, to), share) in spread.steps().zip(shares) {
        let corners = [(from.log10(), 0.0), (to.log10(), *share as f64)];
        area.draw(&Rectangle::new(corners, BARS.filled()))?;
    }
    let median = row.median().log10();
    let line = [(median, 0.0), (median, spread.most as f64)];
    area.draw(&PathElement::new(line, RED.stroke_width(2)))
}

fn caption(row: &Row) -> String {
    let Some(figures) = Figures::of(&row.times) else { return row.name() };
    let [min, p50, p90, p99, max, _] = figures.cells();
    format!("{}:  min {min}, p50 {p50}, p90 {p90}, p99 {p99}, max {max}", row.name())
}
