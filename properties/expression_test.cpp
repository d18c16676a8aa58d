/// @file
/// Expressions of users' transfers: the parser, its messages, values and two derivatives.

#include "hadamard/custom/expression.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hadamard::custom {
namespace {

const std::vector<std::string> symbols = {"u", "v"};

Expression parsed(const std::string& text) { return parse_expression("K", text, symbols); }

Vector<Rational> at(const Rational& u, const Rational& v) {
    Vector<Rational> out(2);
    out << u, v;
    return out;
}

std::string message_of(const std::string& text) {
    try {
        parsed(text);
    } catch (const ExpressionError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Expression, PrecedenceAndAssociativity) {
    const auto value = [](const std::string& text) {
        return parsed(text).value(at(Rational(3), Rational(-2)));
    };
    EXPECT_EQ(value("-u^2"), -9);
    EXPECT_EQ(value("2^3^2"), 512);
    EXPECT_EQ(value("u - v - 1"), 4);
    EXPECT_EQ(value("u/v/3"), Rational(-1, 2));
    EXPECT_EQ(value("u*-v"), 6);
    EXPECT_EQ(value("2^-1"), Rational(1, 2));
    EXPECT_EQ(value("v^-2"), Rational(1, 4));
    EXPECT_EQ(value("0.1 + 1e-1"), Rational(1, 5));
    EXPECT_EQ(value("min(u, v) + 2*max(u, v)"), 4);
    EXPECT_EQ(value("abs(v)*sign(v)"), -2);
    EXPECT_EQ(value("sqrt((u + 1)^2)"), 4);
}

TEST(Expression, DerivativesAreExact) {
    const Rational u(2, 3), v(-5, 7);
    const Jet<Rational> jet = parsed("u^3*v^2/(1 + v^2) - abs(v)^3").evaluate(at(u, v), 2);
    const Rational w = 1 + v * v;
    const Rational f = v * v / w, f1 = 2 * v / (w * w), f2 = (2 - 6 * v * v) / (w * w * w);
    EXPECT_EQ(jet.value, u * u * u * f + v * v * v);
    EXPECT_EQ(jet.gradient[0], 3 * u * u * f);
    EXPECT_EQ(jet.gradient[1], u * u * u * f1 + 3 * v * v);
    EXPECT_EQ(jet.hessian(0, 0), 6 * u * f);
    EXPECT_EQ(jet.hessian(0, 1), 3 * u * u * f1);
    EXPECT_EQ(jet.hessian(1, 0), 3 * u * u * f1);
    EXPECT_EQ(jet.hessian(1, 1), u * u * u * f2 + 6 * v);
}

/// A wrong chain rule, one that forgets f'' or f', disagrees with these.
TEST(Expression, ExponentialAndLogarithmAgainstDifferences) {
    using R = Real<100>;
    const Expression e = parsed("exp(u*v)*log(2 + u^2) + sqrt(1 + v^2)");
    Vector<R> x(2);
    x << R(3) / 7, R(-2) / 5;
    const Jet<R> jet = e.evaluate(x, 2);
    const R h("1e-25");  // central differences err by h² f''' and by 1e-100/h
    for (Index i = 0; i < 2; ++i) {
        Vector<R> ahead = x, behind = x;
        ahead[i] += h;
        behind[i] -= h;
        const R slope = (e.value(ahead) - e.value(behind)) / (2 * h);
        EXPECT_LT(abs(R(slope - jet.gradient[i])), R("1e-45"));
        const Vector<R> bend =
            (e.evaluate(ahead, 1).gradient - e.evaluate(behind, 1).gradient) / (2 * h);
        for (Index j = 0; j < 2; ++j) EXPECT_LT(abs(R(bend[j] - jet.hessian(i, j))), R("1e-45"));
    }
}

TEST(Expression, EnclosuresCoverKinks) {
    const Expression e = parsed("u*abs(v)");
    Vector<Interval> x(2);
    x << Interval(2), Interval::ball(Interval(0), Interval(1));
    const Jet<Interval> jet = e.evaluate(x, 2);
    EXPECT_TRUE(jet.gradient[1].contains(Rational(2)));
    EXPECT_TRUE(jet.gradient[1].contains(Rational(-2)));
    EXPECT_FALSE(jet.hessian(1, 1).is_finite());
    x[1] = Interval(3);
    EXPECT_EQ(sign_of(Interval(e.evaluate(x, 2).hessian(1, 1))), Sign::zero);
}

TEST(Expression, IrrationalOverRationals) {
    EXPECT_THROW(parsed("sqrt(u)").value(at(2, 0)), NotRepresentable);
    EXPECT_THROW(parsed("exp(u)").value(at(2, 0)), NotRepresentable);
    EXPECT_EQ(parsed("abs(u)^(3/2)").value(at(-4, 0)), 8);
}

TEST(Expression, PrintedFormParsesToTheSame) {
    for (const char* text :
         {"u*v^2", "-(u - v)*(u + v)", "u - (v - 1)", "u/(v*2)", "-u^2", "(-u)^2", "abs(u)^(3/2)*v",
          "min(u, max(v, 1/3))", "sign(u)*abs(u)^0.5", "exp(-u^2)/(1 + log(2 + v^2))",
          "(u^2 + 2*v^2)/3", "2^0.5*u", "u*(-3)"}) {
        const Expression first = parsed(text);
        const Expression second = parsed(first.print());
        EXPECT_EQ(first.print(), second.print()) << text;
        EXPECT_EQ(first.nodes(), second.nodes()) << text << " printed as " << first.print();
    }
}

TEST(Expression, MessagesNameThePlace) {
    EXPECT_NE(message_of("u*w").find("character 3"), std::string::npos) << message_of("u*w");
    EXPECT_NE(message_of("u*w").find("unknown symbol"), std::string::npos);
    EXPECT_NE(message_of("u*(v").find("character 3"), std::string::npos) << message_of("u*(v");
    EXPECT_NE(message_of("u)*v").find("character 2"), std::string::npos) << message_of("u)*v");
    EXPECT_NE(message_of("u**v").find("character 3"), std::string::npos) << message_of("u**v");
    EXPECT_NE(message_of("u^v").find("not a rational"), std::string::npos) << message_of("u^v");
    EXPECT_NE(message_of("u^sqrt(2)").find("not a rational"), std::string::npos);
    EXPECT_NE(message_of("u/0").find("division by zero"), std::string::npos);
    EXPECT_NE(message_of("sin(u)").find("unknown function"), std::string::npos);
    EXPECT_NE(message_of("min(u)").find("takes 2"), std::string::npos) << message_of("min(u)");
    EXPECT_NE(message_of("u v").find("expected an operator"), std::string::npos);
    EXPECT_NE(message_of("").find("at the end"), std::string::npos) << message_of("");
    EXPECT_NE(message_of("u*").find("at the end"), std::string::npos) << message_of("u*");
    EXPECT_NE(message_of("u^99").find("out of range"), std::string::npos);
}

TEST(Expression, LongAndDeepTextsAreRefused) {
    EXPECT_NE(message_of(std::string(100'000, '(')).find("100000 characters"), std::string::npos);
    EXPECT_NE(message_of(std::string(100, '(') + "u" + std::string(100, ')')).find("nested"),
              std::string::npos);
    EXPECT_NE(message_of(std::string(3000, '-') + "u").find("in a row"), std::string::npos);
    std::string sum = "u";
    while (sum.size() + 2 <= longest_expression) sum += "+v";
    EXPECT_EQ(parsed(sum).value(at(1, 0)), 1);  // long, but not deep
    EXPECT_NE(message_of("((((9^64)^64)^64)^64)*u").find("too large"), std::string::npos);
}

TEST(Expression, NotRealIsAnError) {
    EXPECT_THROW(parsed("sqrt(u)").value(at(-1, 0)), ExpressionError);
    EXPECT_THROW(parsed("u/v").value(at(1, 0)), ExpressionError);
    EXPECT_THROW(parsed("log(u)").value(at(0, 0)), ExpressionError);
}

/// Sound: every sign that occurs is allowed. Sharp enough to see that squares are not negative.
TEST(Expression, SignsOfParts) {
    const std::vector<unsigned> any = {any_sign, any_sign};
    EXPECT_EQ(parsed("u^2*abs(v)").signs(any) & can_be_negative, 0U);
    EXPECT_EQ(parsed("u*u + v^4").signs(any) & can_be_negative, 0U);
    EXPECT_EQ(parsed("u*v").signs(any), any_sign);
    EXPECT_EQ(parsed("u*v^2").signs({can_be_positive, any_sign}) & can_be_negative, 0U);
    EXPECT_EQ(parsed("-exp(u)").signs(any), unsigned(can_be_negative));
}

}  // namespace
}  // namespace hadamard::custom
