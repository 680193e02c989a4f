//! The plots: a bar for each who took part, in groups by work; a whisker from the least to the most of all rounds.

use plotters::{
    chart::ChartContext,
    coord::types::RangedCoordf64,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    figures::{Figure, Figures},
    grid::{Grid, Unit, times},
    peers,
    tables::{CODEC, ECHO, NULL, WINDOW},
};

type Failed = DrawingAreaErrorKind<std::io::Error>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

const WIDTH: u32 = 860;
const NAMES: u32 = 320;
const BAR: u32 = 22;
const TOP: u32 = 44;
const BOTTOM: u32 = 40;
const TEXT: (&str, u32) = ("sans-serif", 15);

/// A plot: the ratios of a table, and the goal for one of those who take part in each of its rows.
struct Plot {
    file: &'static str,
    title: &'static str,
    grid: &'static Grid,
    goals: (&'static str, &'static [f64]),
}

const PLOTS: [Plot; 4] = [
    Plot {
        file: "null.svg",
        title: "A NULL call, p50, over raw C (shorter is better; red: the goal)",
        grid: &NULL,
        goals: ("ours", &[1.08, 1.08]),
    },
    Plot {
        file: "window.svg",
        title: "NULL calls a second with 64 outstanding, over a raw echo in C (longer is better; red: the goal)",
        grid: &WINDOW,
        goals: ("ours-server", &[0.65, 0.8]),
    },
    Plot {
        file: "echo.svg",
        title: "An echo of opaque bytes over TCP, p50, over raw C (shorter is better; red: the goal)",
        grid: &ECHO,
        goals: ("ours", &[1.10, 1.15]),
    },
    Plot {
        file: "codec.svg",
        title: "Encoding and decoding: how many times as fast as libtirpc (longer is better; red: the goal)",
        grid: &CODEC,
        goals: ("ours", &[6.0, 1.8, 8.0, 15.0, 12.0]),
    },
];

/// One bar, and where it stands from the top.
struct Bar {
    name: String,
    who: &'static str,
    ratio: Figure,
    goal: Option<f64>,
    at: u32,
}

/// Every plot for which there are figures: its file's name, and the SVG.
pub(crate) fn all(
    figures: &Figures,
) -> Result<Vec<(&'static str, String)>, Box<dyn std::error::Error>> {
    let mut plots = Vec::new();
    for plot in &PLOTS {
        let bars = bars(plot, figures);
        if !bars.is_empty() {
            let mut svg = String::new();
            draw(plot, &bars, &mut svg).map_err(|error| format!("{}: {error}", plot.file))?;
            plots.push((plot.file, svg));
        }
    }
    Ok(plots)
}

fn bars(plot: &Plot, figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut at = 0;
    for (number, row) in plot.grid.rows.iter().enumerate() {
        for &who in plot.grid.whos {
            if let Some((_, Some(ratio))) = plot.grid.cell(row, who, figures) {
                let goal = plot.goals.1.get(number).copied().filter(|_| who == plot.goals.0);
                let name = format!("{}: {}", row.label, peers::name(who));
                bars.push(Bar { name, who, ratio, goal, at });
                at += BAR;
            }
        }
        at += BAR / 2;
    }
    bars
}

fn draw(plot: &Plot, bars: &[Bar], svg: &mut String) -> Result<(), Failed> {
    let height = bars.iter().map(|bar| bar.at + BAR).max().unwrap_or(BAR);
    // Room for the number at the longest bar's end.
    let longest = bars.iter().map(|bar| bar.ratio.most).fold(1.0, f64::max) * 1.12;
    let root = SVGBackend::with_string(svg, (WIDTH, TOP + height + BOTTOM)).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(plot.title, (12, 14), ("sans-serif", 17).into_font()))?;
    let mut chart = ChartBuilder::on(&root)
        .margin_top(TOP)
        .margin_right(20)
        .x_label_area_size(BOTTOM)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(0.0..longest, f64::from(height)..0.0)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .light_line_style(WHITE)
        .x_label_formatter(&|ratio| format!("{}x", (ratio * 10.0).round() / 10.0))
        .label_style(TEXT)
        .draw()?;
    for bar in bars {
        let left = chart.plotting_area().get_x_axis_pixel_range().start;
        let right = TEXT.into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
        let middle = i32::try_from(TOP + bar.at + BAR / 2).unwrap_or_default();
        root.draw(&Text::new(bar.name.as_str(), (left - 8, middle), right))?;
        draw_bar(&mut chart, bar, plot.grid.unit)?;
    }
    root.present()
}

fn draw_bar(chart: &mut Chart<'_>, bar: &Bar, unit: Unit) -> Result<(), Failed> {
    let (top, below) = (f64::from(bar.at + 2), f64::from(bar.at + BAR - 2));
    let middle = f64::midpoint(top, below);
    let Figure { least, median, most } = bar.ratio;
    let body = Rectangle::new([(0.0, top), (median, below)], color(bar.who).filled());
    let whisker = PathElement::new([(least, middle), (most, middle)], BLACK.stroke_width(1));
    let area = chart.plotting_area();
    area.draw(&body)?;
    area.draw(&whisker)?;
    if let Some(goal) = bar.goal {
        area.draw(&PathElement::new(
            [(goal, top - 2.0), (goal, below + 2.0)],
            RED.stroke_width(2),
        ))?;
    }
    let end = most.max(bar.goal.unwrap_or_default());
    let left = TEXT.into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
    let number = if unit == Unit::Speed { format!("{median:.1}x") } else { times(median) };
    area.draw(&(EmptyElement::at((end, middle)) + Text::new(number, (6, 0), left)))
}

/// Ours stand out.
fn color(who: &str) -> RGBColor {
    match who {
        "raw" | "memcpy" => RGBColor(150, 150, 150),
        "epoll" => RGBColor(185, 185, 185),
        who if who.starts_with("ours-") => RGBColor(120, 170, 220),
        "ours" => RGBColor(40, 110, 190),
        "libtirpc" | "libtirpc-server" => RGBColor(215, 150, 90),
        _ => RGBColor(170, 140, 190),
    }
}
