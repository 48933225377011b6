#pragma once

#include <compare>

namespace wafercast {

/// Exponents of the ten base dimensions. Power is energy / time; voltage is energy / charge.
struct Dimension {
    signed char length = 0;
    signed char time = 0;
    signed char mass = 0;
    signed char temperature = 0;
    signed char charge = 0;
    signed char energy = 0;
    signed char information = 0;
    signed char money = 0;
    signed char token = 0;
    signed char operation = 0;

    friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
    friend constexpr auto operator<=>(const Dimension&, const Dimension&) = default;
};

constexpr Dimension operator*(Dimension a, Dimension b) {
    const auto sum = [](signed char x, signed char y) { return static_cast<signed char>(x + y); };
    return {sum(a.length, b.length),           sum(a.time, b.time),     sum(a.mass, b.mass),
            sum(a.temperature, b.temperature), sum(a.charge, b.charge), sum(a.energy, b.energy),
            sum(a.information, b.information), sum(a.money, b.money),   sum(a.token, b.token),
            sum(a.operation, b.operation)};
}

constexpr Dimension inverse(Dimension d) {
    const auto neg = [](signed char x) { return static_cast<signed char>(-x); };
    return {neg(d.length), neg(d.time),        neg(d.mass),  neg(d.temperature), neg(d.charge),
            neg(d.energy), neg(d.information), neg(d.money), neg(d.token),       neg(d.operation)};
}

constexpr Dimension operator/(Dimension a, Dimension b) { return a * inverse(b); }

/// A real number with its dimension in the type; stored in base units (m, s, kg, K, C, J, byte,
/// USD, token, operation). Construct by multiplying with a unit: `400.0 * mm2`; read with
/// `.in(mm2)`.
template <Dimension D>
class Quantity {
public:
    constexpr Quantity() = default;
    static constexpr Quantity from_base(double value) { return Quantity{value}; }

    [[nodiscard]] constexpr double in(Quantity unit) const { return value_ / unit.value_; }
    [[nodiscard]] constexpr double base() const { return value_; }

    constexpr Quantity operator-() const { return Quantity{-value_}; }
    constexpr Quantity& operator+=(Quantity other) { return value_ += other.value_, *this; }
    constexpr Quantity& operator-=(Quantity other) { return value_ -= other.value_, *this; }
    friend constexpr Quantity operator+(Quantity a, Quantity b) {
        return Quantity{a.value_ + b.value_};
    }
    friend constexpr Quantity operator-(Quantity a, Quantity b) {
        return Quantity{a.value_ - b.value_};
    }
    friend constexpr Quantity operator*(double s, Quantity q) { return Quantity{s * q.value_}; }
    friend constexpr Quantity operator*(Quantity q, double s) { return Quantity{q.value_ * s}; }
    friend constexpr Quantity operator/(Quantity q, double s) { return Quantity{q.value_ / s}; }
    friend constexpr bool operator==(Quantity, Quantity) = default;
    friend constexpr auto operator<=>(Quantity a, Quantity b) { return a.value_ <=> b.value_; }

private:
    constexpr explicit Quantity(double value) : value_{value} {}
    double value_ = 0.0;
};

template <Dimension A, Dimension B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
    if constexpr (A * B == Dimension{}) {
        return a.base() * b.base();
    } else {
        return Quantity<A * B>::from_base(a.base() * b.base());
    }
}

template <Dimension A, Dimension B>
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
    if constexpr (A == B) {
        return a.base() / b.base();
    } else {
        return Quantity<A / B>::from_base(a.base() / b.base());
    }
}

template <Dimension D>
constexpr Quantity<inverse(D)> operator/(double s, Quantity<D> q) {
    return Quantity<inverse(D)>::from_base(s / q.base());
}

}  // namespace wafercast
