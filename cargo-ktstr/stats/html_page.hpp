// Pieces of a page of HTML that needs nothing but itself: no script, no network, readable in light
// and dark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ktstr::stats {

// Text as it is, between tags and in attributes.
std::string escaped(std::string_view text);

// The whole page around its sections.
std::string html_page(std::string_view title, std::string_view body);

// A heading and what is below it; nothing for an empty `content`.
std::string html_section(std::string_view heading, std::string_view note, std::string_view content);

// Cells are text. The first row is the head.
std::string html_table(const std::vector<std::vector<std::string>>& rows);

// A drawing of so many units; it is as wide as the page at most.
std::string svg(double width, double height, std::string_view label, std::string_view content);

// `style` is a class of the page's; `tip` is shown by who points at it.
std::string svg_rect(
    double x, double y, double width, double height, std::string_view style, std::string_view tip);
std::string svg_dot(double x, double y, std::string_view style, std::string_view tip);
std::string svg_text(double x, double y, std::string_view text, std::string_view style = "");
std::string svg_line(double x1, double y1, double x2, double y2);

} // namespace ktstr::stats
