#include "dyadic.hpp"

namespace check {

long Dyadic::magnitude() const {
    return static_cast<long>(mpz_sizeinbase(mantissa_.get_mpz_t(), 2)) + exponent_;
}

mpq_class Dyadic::rational() const {
    mpq_class out(mantissa_);
    if (exponent_ >= 0)
        out <<= static_cast<mp_bitcnt_t>(exponent_);
    else
        out >>= static_cast<mp_bitcnt_t>(-exponent_);
    return out;
}

mpz_class Dyadic::mantissa_at(long exponent) const {
    return sign() == 0 ? mpz_class() : mpz_class(mantissa_ << static_cast<mp_bitcnt_t>(exponent_ - exponent));
}

/// Makes the exponent at most that of the other, a nonzero number.
void Dyadic::align(const Dyadic& other) {
    if (exponent_ <= other.exponent_) return;
    mantissa_ = mantissa_at(other.exponent_);
    exponent_ = other.exponent_;
}

Dyadic& Dyadic::operator+=(const Dyadic& other) {
    if (other.sign() == 0) return *this;
    align(other);
    if (exponent_ == other.exponent_)
        mantissa_ += other.mantissa_;
    else
        mantissa_ += other.mantissa_at(exponent_);
    return *this;
}

Dyadic& Dyadic::operator-=(const Dyadic& other) {
    if (other.sign() == 0) return *this;
    align(other);
    if (exponent_ == other.exponent_)
        mantissa_ -= other.mantissa_;
    else
        mantissa_ -= other.mantissa_at(exponent_);
    return *this;
}

Dyadic& Dyadic::operator*=(const Dyadic& other) {
    mantissa_ *= other.mantissa_;
    exponent_ += other.exponent_;
    return *this;
}

std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b) {
    if (a.sign() != b.sign() || a.sign() == 0) return a.sign() <=> b.sign();
    if (a.exponent_ == b.exponent_) return cmp(a.mantissa_, b.mantissa_) <=> 0;
    // Lengths first: no long shift only to see which of two very different numbers is larger.
    const long length_a = a.magnitude(), length_b = b.magnitude();
    if (length_a != length_b) return a.sign() > 0 ? length_a <=> length_b : length_b <=> length_a;
    const long exponent = std::min(a.exponent_, b.exponent_);
    return cmp(a.mantissa_at(exponent), b.mantissa_at(exponent)) <=> 0;
}

Dyadic Dyadic::inverse_below(long bits) const {
    const long n = static_cast<long>(mpz_sizeinbase(mantissa_.get_mpz_t(), 2)) + bits;
    mpz_class quotient = mpz_class(1) << static_cast<mp_bitcnt_t>(n);
    mpz_fdiv_q(quotient.get_mpz_t(), quotient.get_mpz_t(), mantissa_.get_mpz_t());
    return {quotient, -n - exponent_};
}

Dyadic Dyadic::inverse_above(long bits) const {
    const long n = static_cast<long>(mpz_sizeinbase(mantissa_.get_mpz_t(), 2)) + bits;
    mpz_class quotient = mpz_class(1) << static_cast<mp_bitcnt_t>(n);
    mpz_cdiv_q(quotient.get_mpz_t(), quotient.get_mpz_t(), mantissa_.get_mpz_t());
    return {quotient, -n - exponent_};
}

Dyadic power(const Dyadic& x, int n) {
    Dyadic out(1);
    for (int i = 0; i < n; ++i) out *= x;
    return out;
}

mpq_class power(const mpq_class& x, int n) {
    mpq_class out(1);
    for (int i = 0; i < n; ++i) out *= x;
    return out;
}

}  // namespace check
