#include "units/parse_quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "units/units.hpp"

namespace wafercast {
namespace {

/// A unit as numerator / denominator x 10^exponent: decimal prefixes shift digits and round
/// nothing.
struct Factor {
    double numerator = 1.0;
    double denominator = 1.0;
    int exponent = 0;
    Dimension dimension;
};

/// A symbol and the prefixes it takes.
struct Symbol {
    std::string_view name;
    Factor factor;
    std::string_view prefixes = "";
    bool binary_prefixes = false;
};

const std::vector<Symbol>& symbols() {
    namespace dim = dimension;
    constexpr std::string_view counts = "kMGTPEZ";
    constexpr std::string_view sizes = "kKMGTPE";
    static const std::vector<Symbol> table{
        {"m", {1, 1, 0, dim::length}, "pnumck"},
        {"in", {254, 1, -4, dim::length}},
        {"s", {1, 1, 0, dim::time}, "fpnum"},
        {"min", {6, 1, 1, dim::time}},
        {"h", {36, 1, 2, dim::time}},
        {"hour", {36, 1, 2, dim::time}},
        {"day", {864, 1, 2, dim::time}},
        {"week", {6048, 1, 2, dim::time}},
        {"month", {26298, 1, 2, dim::time}},
        {"yr", {315576, 1, 2, dim::time}},
        {"year", {315576, 1, 2, dim::time}},
        {"Hz", {1, 1, 0, dim::frequency}, "kMGT"},
        {"g", {1, 1, -3, dim::mass}, "numk"},
        {"K", {1, 1, 0, dim::temperature}},
        {"C", {1, 1, 0, dim::charge}, "fpnum"},
        {"V", {1, 1, 0, dim::voltage}, "umk"},
        {"A", {1, 1, 0, dim::current}, "pnumk"},
        {"J", {1, 1, 0, dim::energy}, "afpnumkMGT"},
        {"Wh", {36, 1, 2, dim::energy}, "mkMGT"},
        {"W", {1, 1, 0, dim::power}, "pnumkMGT"},
        {"b", {1, 8, 0, dim::information}, sizes, true},
        {"bit", {1, 8, 0, dim::information}, sizes, true},
        {"B", {1, 1, 0, dim::information}, sizes, true},
        {"byte", {1, 1, 0, dim::information}},
        {"USD", {1, 1, 0, dim::money}, "kMB"},
        {"token", {1, 1, 0, dim::token}},
        {"tok", {1, 1, 0, dim::token}, "kMGT"},
        {"FLOP", {1, 1, 0, dim::operation}, counts},
        {"OP", {1, 1, 0, dim::operation}, counts},
        {"%", {1, 1, -2, dim::none}},
        {"x", {1, 1, 0, dim::none}},
    };
    return table;
}

int decimal_exponent(char prefix, std::string_view symbol) {
    if (prefix == 'B' && symbol == "USD") {
        return 9;
    }
    constexpr std::string_view letters = "afpnumckKMGTPEZ";
    constexpr std::array<int, 15> exponents{-18, -15, -12, -9, -6, -3, -2, 3,
                                            3,   6,   9,   12, 15, 18, 21};
    return exponents[letters.find(prefix)];
}

double binary_multiple(char prefix) {
    constexpr std::string_view letters = "KMGTPE";
    const auto position = letters.find(prefix);
    return position == std::string_view::npos
               ? 0.0
               : std::ldexp(1.0, 10 * (static_cast<int>(position) + 1));
}

std::optional<Factor> find_symbol(std::string_view text) {
    for (const auto& symbol : symbols()) {
        if (!text.ends_with(symbol.name)) {
            continue;
        }
        const auto prefix = text.substr(0, text.size() - symbol.name.size());
        Factor factor = symbol.factor;
        if (prefix.empty()) {
            return factor;
        }
        if (prefix.size() == 1 && symbol.prefixes.find(prefix[0]) != std::string_view::npos) {
            factor.exponent += decimal_exponent(prefix[0], symbol.name);
            return factor;
        }
        if (symbol.binary_prefixes && prefix.size() == 2 && prefix[1] == 'i' &&
            binary_multiple(prefix[0]) > 0.0) {
            factor.numerator *= binary_multiple(prefix[0]);
            return factor;
        }
    }
    return std::nullopt;
}

std::vector<std::string> all_symbols() {
    std::vector<std::string> names;
    for (const auto& symbol : symbols()) {
        names.emplace_back(symbol.name);
        for (const char prefix : symbol.prefixes) {
            names.push_back(prefix + std::string{symbol.name});
        }
        for (const char prefix : std::string_view{symbol.binary_prefixes ? "KMGTPE" : ""}) {
            names.push_back(std::string{prefix, 'i'} + std::string{symbol.name});
        }
    }
    return names;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t'; }
char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_without_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower_letter, lower_letter);
}

/// Whether one letter inserted, left out or replaced makes `b` of `a`.
bool one_letter_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) {
        std::swap(a, b);
    }
    if (b.size() - a.size() > 1) {
        return false;
    }
    const auto first = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    const auto rest = a.size() == b.size() ? std::min(first + 1, a.size()) : first;
    return a.substr(rest) == b.substr(std::min(first + 1, b.size()));
}

std::string describe_symbol(std::string_view name) {
    std::string text{name};
    if (name.ends_with('b') || name.ends_with("bit")) {
        text += " (bits)";
    } else if (name.ends_with('B')) {
        text += " (bytes)";
    }
    return text;
}

std::string unknown_symbol(std::string_view text) {
    const std::string start = "unknown unit '" + std::string{text} + "'";
    // "TFLOPS", "TOPs", "Gbps": rates written as one word.
    for (const std::string_view ending : {"ps", "PS", "s", "S"}) {
        if (text.size() > ending.size() && text.ends_with(ending)) {
            const auto stem = text.substr(0, text.size() - ending.size());
            const auto factor = find_symbol(stem);
            if (factor && (factor->dimension == dimension::operation ||
                           factor->dimension == dimension::information)) {
                return start + "; for a rate write " + std::string{stem} + "/s";
            }
        }
    }
    if (text == "EUR" || text == "GBP" || text == "JPY" || text == "CNY" || text == "cent") {
        return start + "; money is in USD";
    }
    std::string meant;
    const auto names = all_symbols();
    const auto collect = [&](auto&& alike) {
        for (const auto& candidate : names) {
            if (alike(candidate) && meant.size() < 40) {
                meant += (meant.empty() ? "" : " or ") + describe_symbol(candidate);
            }
        }
    };
    collect([&](const std::string& candidate) { return equal_without_case(candidate, text); });
    if (meant.empty() && text.size() > 1) {
        collect([&](const std::string& candidate) {
            return candidate.size() > 1 && one_letter_apart(candidate, text);
        });
    }
    return meant.empty() ? start : start + "; did you mean " + meant + "?";
}

/// Multiplies `total` by `factor` to a power; false when an exponent leaves its range.
bool multiply(Factor& total, const Factor& factor, int power) {
    constexpr int limit = 60;
    for (int i = 0; i < std::abs(power); ++i) {
        const bool up = power > 0;
        total.numerator *= up ? factor.numerator : factor.denominator;
        total.denominator *= up ? factor.denominator : factor.numerator;
        total.exponent += up ? factor.exponent : -factor.exponent;
        total.dimension =
            up ? total.dimension * factor.dimension : total.dimension / factor.dimension;
        const Dimension& d = total.dimension;
        for (const int e : {int{d.length}, int{d.time}, int{d.mass}, int{d.temperature},
                            int{d.charge}, int{d.energy}, int{d.information}, int{d.money},
                            int{d.token}, int{d.operation}, total.exponent / 4}) {
            if (std::abs(e) > limit) {
                return false;
            }
        }
    }
    return true;
}

/// Reads "pJ/bit/mm2": factors joined by * or /, each divided or multiplied in turn.
class UnitReader {
public:
    UnitReader(std::string_view text, std::string& problem) : text_{text}, problem_{problem} {}

    std::optional<Factor> read() {
        Factor total;
        int sign = 1;
        skip_space();
        if (peek() == '/') {
            sign = -1;
            ++position_;
        }
        while (true) {
            skip_space();
            if (!read_factor(total, sign)) {
                return std::nullopt;
            }
            skip_space();
            if (position_ == text_.size()) {
                return total;
            }
            if (peek() != '*' && peek() != '/') {
                return fail("expected * or / before '" + std::string{text_.substr(position_)} +
                            "'");
            }
            sign = peek() == '*' ? 1 : -1;
            ++position_;
        }
    }

private:
    [[nodiscard]] char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
    void skip_space() {
        while (is_space(peek())) {
            ++position_;
        }
    }
    std::nullopt_t fail(std::string why) {
        problem_ = std::move(why);
        return std::nullopt;
    }

    bool read_factor(Factor& total, int sign) {
        const auto start = position_;
        if (peek() == '1' && position_ == 0 && text_.size() > 1) {  // "1/cm2"
            ++position_;
            return true;
        }
        if (peek() == '%') {
            ++position_;
        }
        while (is_letter(peek())) {
            ++position_;
        }
        const auto symbol = text_.substr(start, position_ - start);
        if (symbol.empty()) {
            fail(position_ == text_.size()
                     ? "a unit is missing at the end"
                     : "expected a unit before '" + std::string{text_.substr(position_)} + "'");
            return false;
        }
        const auto factor = find_symbol(symbol);
        if (!factor) {
            fail(unknown_symbol(symbol));
            return false;
        }
        const auto power = read_power();
        if (!power) {
            return false;
        }
        if (!multiply(total, *factor, sign * *power)) {
            fail("the powers in '" + std::string{text_} + "' are too large");
            return false;
        }
        return true;
    }

    /// "2", "^2", "^-2", "-1" after a symbol; 1 without.
    std::optional<int> read_power() {
        const bool caret = peek() == '^';
        position_ += caret ? 1U : 0U;
        const bool negative = peek() == '-';
        position_ += negative ? 1U : 0U;
        if (!is_digit(peek())) {
            return caret || negative ? fail("expected a power after '" +
                                            std::string{text_.substr(0, position_)} + "'")
                                     : std::optional<int>{1};
        }
        const int power = peek() - '0';
        ++position_;
        if (power == 0 || is_digit(peek())) {
            return fail("a power must be 1 to 9");
        }
        return negative ? -power : power;
    }

    std::string_view text_;
    std::string& problem_;
    std::size_t position_ = 0;
};

/// Spells the everyday signs of print in ASCII: the micro signs and the raised 2 and 3.
std::string ascii(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> signs{{{"\u00b5", "u"},
                                                                                  {"\u03bc", "u"},
                                                                                  {"\u00b2", "2"},
                                                                                  {"\u00b3", "3"},
                                                                                  {"\u00b7", "*"},
                                                                                  {"\u00a0", " "}}};
    std::string plain{text};
    for (const auto& [sign, letter] : signs) {
        for (auto at = plain.find(sign); at != std::string::npos;
             at = plain.find(sign, at + letter.size())) {
            plain.replace(at, sign.size(), letter);
        }
    }
    const auto first = plain.find_first_not_of(" \t");
    const auto last = plain.find_last_not_of(" \t");
    return first == std::string::npos ? std::string{} : plain.substr(first, last - first + 1);
}

/// The digits of a number: mantissa text without underscores, and its decimal exponent.
struct Digits {
    std::string mantissa;
    int exponent = 0;
};

/// Takes a number from the front of `text`.
std::optional<Digits> take_number(std::string_view& text) {
    Digits digits;
    std::size_t i = 0;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
        if (text[i] == '-') {
            digits.mantissa += '-';
        }
        ++i;
    }
    bool any = false;
    bool point = false;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        const bool grouping = c == '_' && any && is_digit(text[i - 1]) && i + 1 < text.size() &&
                              is_digit(text[i + 1]);
        if (is_digit(c)) {
            any = true;
        } else if (c == '.' && !point) {
            point = true;
        } else if (!grouping) {
            break;
        }
        if (!grouping) {
            digits.mantissa += c;
        }
    }
    if (!any) {
        return std::nullopt;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        auto begin = i + 1;
        begin += begin < text.size() && text[begin] == '+' ? 1U : 0U;
        int exponent = 0;
        const auto [end, error] =
            std::from_chars(text.data() + begin, text.data() + text.size(), exponent);
        if (error == std::errc{} && std::abs(exponent) < 10000) {
            digits.exponent = exponent;
            i = static_cast<std::size_t>(end - text.data());
        }
    }
    text.remove_prefix(i);
    return digits;
}

std::optional<double> scaled(const Digits& digits, int shift) {
    const std::string text = digits.mantissa + "e" + std::to_string(digits.exponent + shift);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        // A zero with a huge exponent is still zero.
        return digits.mantissa.find_first_of("123456789") == std::string::npos ? std::optional{0.0}
                                                                               : std::nullopt;
    }
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                    : std::nullopt;
}

double power_of_ten(int exponent) {
    double value = 1.0;
    const std::string text = "1e" + std::to_string(exponent);
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::nullopt_t refuse(std::string* problem, std::string why) {
    if (problem != nullptr) {
        *problem = std::move(why);
    }
    return std::nullopt;
}

/// The shortest digits of `value` with its decimal point moved by `shift`.
std::string shifted_digits(double value, int shift) {
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific)
                         .ptr;
    const std::string_view text{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
    const auto e = text.find('e');
    std::string digits;
    for (const char c : text.substr(0, e)) {
        if (is_digit(c)) {
            digits += c;
        }
    }
    const std::string sign = text.starts_with('-') ? "-" : "";
    if (digits == "0") {
        return sign + "0";
    }
    int exponent = 0;
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(),
                    exponent);
    exponent += shift;
    const int count = static_cast<int>(digits.size());
    if (exponent < -5 || exponent > 15) {
        const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
        return sign + digits[0] + fraction + "e" + std::to_string(exponent);
    }
    if (exponent < 0) {
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    if (count <= exponent + 1) {
        return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
    }
    digits.insert(static_cast<std::size_t>(exponent + 1), ".");
    return sign + digits;
}

}  // namespace

std::optional<ParsedQuantity> parse_unit(std::string_view text, std::string* problem) {
    std::string why;
    const std::string plain = ascii(text);
    if (plain.empty()) {
        return refuse(problem, "a unit is missing");
    }
    const auto factor = UnitReader{plain, why}.read();
    if (!factor) {
        return refuse(problem, why);
    }
    const double ratio = factor->numerator / factor->denominator;
    const double value = factor->exponent < 0 ? ratio / power_of_ten(-factor->exponent)
                                              : ratio * power_of_ten(factor->exponent);
    return ParsedQuantity{value, factor->dimension, true};
}

std::optional<ParsedQuantity> parse_quantity(std::string_view text, std::string* problem) {
    const std::string plain = ascii(text);
    std::string_view rest = plain;
    if (rest.empty()) {
        return refuse(problem, "a number is missing");
    }
    const auto digits = take_number(rest);
    if (!digits) {
        return refuse(problem, "expected a number at the start of '" + plain + "'");
    }
    if (rest.starts_with(',') || rest.starts_with('_') || rest.starts_with('.')) {
        return refuse(problem, "cannot read '" + plain +
                                   "'; write decimals with one point and group digits with _");
    }
    while (!rest.empty() && is_space(rest.front())) {
        rest.remove_prefix(1);
    }
    std::string why;
    const auto factor = rest.empty() ? std::optional{Factor{}} : UnitReader{rest, why}.read();
    if (!factor) {
        return refuse(problem, why);
    }
    const auto value = scaled(*digits, factor->exponent);
    const double base = value ? *value * factor->numerator / factor->denominator : 0.0;
    if (!value || !std::isfinite(base)) {
        return refuse(problem, "'" + plain + "' is outside the range of numbers");
    }
    return ParsedQuantity{base, factor->dimension, !rest.empty()};
}

std::string quantity_text(double base_value, std::string_view unit) {
    std::string why;
    const std::string plain = ascii(unit);
    const auto factor = plain.empty() ? std::optional{Factor{}} : UnitReader{plain, why}.read();
    if (!factor) {
        return shifted_digits(base_value, 0);
    }
    const std::string ending = unit.empty() ? "" : " " + std::string{unit};
    const double quotient = base_value * factor->denominator / factor->numerator;
    // The quotient's neighbours may read back where it does not.
    for (const double candidate :
         {quotient, std::nextafter(quotient, HUGE_VAL), std::nextafter(quotient, -HUGE_VAL)}) {
        std::string text = shifted_digits(candidate, -factor->exponent) + ending;
        const auto read = parse_quantity(text);
        if (read && read->value == base_value) {
            return text;
        }
    }
    return shifted_digits(quotient, -factor->exponent) + ending;
}

}  // namespace wafercast
