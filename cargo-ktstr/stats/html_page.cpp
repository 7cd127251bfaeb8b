#include "cargo-ktstr/stats/html_page.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::stats {

namespace {

// Colours that are told apart by those who see fewer (M. Okabe, K. Ito, "Color Universal Design",
// 2008).
constexpr std::string_view style = R"(
:root { color-scheme: light dark; --back: #ffffff; --text: #1c1c1e; --faint: #6b6b70; --line: #d0d0d5;
  --pass: #009e73; --fail: #d55e00; --skip: #999999; --inconclusive: #e69f00; --a: #0072b2; --b: #d55e00; --heat: 0,114,178; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16161a; --text: #e8e8ea; --faint: #a0a0a8; --line: #3a3a42; --pass: #2cc295; --fail: #ff8a47;
    --skip: #8a8a90; --inconclusive: #f2bb4b; --a: #56b4e9; --b: #ff8a47; --heat: 86,180,233; } }
body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; } p { color: var(--faint); margin: .2rem 0 .8rem; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; } th, td { padding: .2rem .7rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line); } td { overflow-wrap: anywhere; min-width: 4.5rem; }
svg { display: block; font: 11px system-ui, sans-serif; } svg text { fill: var(--text); } svg text.faint { fill: var(--faint); } svg text.end { text-anchor: end; }
svg line { stroke: var(--line); } .pass { fill: var(--pass); } .fail { fill: var(--fail); } .skip { fill: var(--skip); } .inconclusive { fill: var(--inconclusive); }
.a { fill: var(--a); } .b { fill: var(--b); } rect { stroke: var(--back); stroke-width: .5; } circle { opacity: .55; }
.p0 { fill: #0072b2; } .p1 { fill: #56b4e9; } .p2 { fill: #009e73; } .p3 { fill: #e69f00; } .p4 { fill: #d55e00; } .p5 { fill: #cc79a7; } .p6 { fill: #f0e442; } .p7 { fill: #999999; }
.h0 { fill: rgba(var(--heat),.08); } .h1 { fill: rgba(var(--heat),.25); } .h2 { fill: rgba(var(--heat),.45); } .h3 { fill: rgba(var(--heat),.7); } .h4 { fill: rgb(var(--heat)); } .none { fill: none; }
)";

std::string tipped(std::string_view tip) {
    return tip.empty() ? std::string() : fmt::format("<title>{}</title>", escaped(tip));
}

} // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string html_page(std::string_view title, std::string_view body) {
    return fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width\">\n"
                       "<title>{0}</title>\n<style>{1}</style></head><body>\n<h1>{0}</h1>\n{2}"
                       "</body></html>\n",
                       escaped(title),
                       style,
                       body);
}

std::string
html_section(std::string_view heading, std::string_view note, std::string_view content) {
    return content.empty()
               ? std::string()
               : fmt::format(
                     "<section><h2>{}</h2>\n<p>{}</p>\n<div class=\"wide\">{}</div></section>\n",
                     escaped(heading),
                     escaped(note),
                     content);
}

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
    std::string out = "<div class=\"wide\"><table>"; // what is too wide scrolls by itself
    std::string_view tag = "th";
    for (const auto& row : rows) {
        out += "<tr>";
        for (const auto& cell : row) {
            out += fmt::format("<{0}>{1}</{0}>", tag, escaped(cell));
        }
        out += "</tr>\n";
        tag = "td";
    }
    return out + "</table></div>";
}

std::string svg(double width, double height, std::string_view label, std::string_view content) {
    return fmt::format("<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
                       "role=\"img\" aria-label=\"{2}\">{3}</svg>\n",
                       width,
                       height,
                       escaped(label),
                       content);
}

std::string svg_rect(double x,
                     double y,
                     double width,
                     double height,
                     std::string_view style_class,
                     std::string_view tip) {
    return fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" "
                       "class=\"{}\">{}</rect>\n",
                       x,
                       y,
                       width,
                       height,
                       style_class,
                       tipped(tip));
}

std::string svg_dot(double x, double y, std::string_view style_class, std::string_view tip) {
    return fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"3\" class=\"{}\">{}</circle>\n",
                       x,
                       y,
                       style_class,
                       tipped(tip));
}

std::string svg_text(double x, double y, std::string_view text, std::string_view style_class) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n",
                       x,
                       y,
                       style_class,
                       escaped(text));
}

std::string svg_line(double x1, double y1, double x2, double y2) {
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x1, y1, x2, y2);
}

} // namespace ktstr::stats
