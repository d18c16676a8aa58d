/// @file
/// Instance files: what is written is read back equal, and what is not exact is refused by field.

#include "generators/scalars.hpp"

#include "hadamard/data/instance_json.hpp"
#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"
#include "hadamard/losses/polynomial.hpp"
#include "hadamard/losses/quadratic.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hadamard {
namespace {

using Json = nlohmann::json;

template <class M>
bool same(const M& a, const M& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
}

bool same(const Instance& a, const Instance& b) {
    const LossSpec &l = a.loss, &m = b.loss;
    if (l.kind != m.kind || !same(l.X, m.X) || !same(l.y, m.y) || l.delta != m.delta ||
        !same(l.A, m.A) || !same(l.b, m.b) || l.monomials.size() != m.monomials.size())
        return false;
    for (std::size_t i = 0; i < l.monomials.size(); ++i)
        if (l.monomials[i].coefficient != m.monomials[i].coefficient ||
            l.monomials[i].exponents != m.monomials[i].exponents)
            return false;
    const TransferSpec &t = a.transfer, &u = b.transfer;
    return t.name == u.name && t.depth == u.depth && t.base_size == u.base_size &&
           t.groups == u.groups && t.weights == u.weights && a.lambda == b.lambda &&
           a.unpenalised == b.unpenalised;
}

Json reread(const Instance& instance) { return Json::parse(to_json(instance).dump()); }

template <class L>
void add_examples(std::vector<LossSpec>& out) {
    for (const LossSpec& spec : L::example_specs()) out.push_back(spec);
}

std::vector<LossSpec> all_examples() {
    std::vector<LossSpec> out;
    add_examples<loss::Huber<Rational>>(out);
    add_examples<loss::LeastSquares<Rational>>(out);
    add_examples<loss::Logistic<double>>(out);
    add_examples<loss::Poisson<double>>(out);
    add_examples<loss::Polynomial<Rational>>(out);
    add_examples<loss::Quadratic<Rational>>(out);
    return out;
}

Index size_of(const LossSpec& spec) {
    if (!spec.monomials.empty()) return static_cast<Index>(spec.monomials[0].exponents.size());
    return spec.A.size() > 0 ? spec.A.cols() : spec.X.cols();
}

TEST(InstanceJson, RoundTripsEveryLoss) {
    for (const LossSpec& loss : all_examples()) {
        Instance instance;
        instance.loss = loss;
        instance.transfer.name = "hadamard_product";
        instance.transfer.depth = Exponent(5, 2);
        instance.transfer.base_size = size_of(loss);
        instance.lambda = Rational(1, 7);
        EXPECT_TRUE(same(instance_from_json(reread(instance)), instance)) << to_json(instance);
        if (size_of(loss) < 2) continue;
        instance.unpenalised = {size_of(loss) - 1};
        instance.transfer.base_size -= 1;
        instance.transfer.groups = {{0}};
        instance.transfer.weights = {Rational(2, 3), Rational(4)};
        EXPECT_TRUE(same(instance_from_json(reread(instance)), instance)) << to_json(instance);
    }
}

TEST(InstanceJson, RoundTripsNumbersOfAnySize) {
    EXPECT_TRUE(rc::check("read(write(instance)) == instance", [] {
        Instance instance;
        instance.loss.kind = "quadratic";
        instance.loss.A =
            gen::draw("A", gen::symmetric_matrix<Rational>(3, gen::dyadic<Rational>(200)));
        instance.loss.b = gen::draw("b", gen::vector<Rational>(3, gen::rational<Rational>()));
        instance.transfer.name = "group_product";
        instance.transfer.base_size = 3;
        instance.transfer.groups = {{0, 2}, {1}};
        instance.lambda = gen::draw("lambda", gen::positive_rational<Rational>());
        RC_ASSERT(same(instance_from_json(reread(instance)), instance));
        // The law is not blind: one entry changed in the last bit is another instance.
        Instance other = instance;
        other.loss.A(1, 1) += Rational(1, Integer(1) << 300);
        RC_ASSERT(!same(instance_from_json(reread(other)), instance));
    }));
}

Json example() {
    return Json::parse(R"({
        "loss": {"kind": "least_squares", "X": [["1", "1/2"], [0, "-0.25"]], "y": ["2", "-1/3"]},
        "transfer": {"kind": "hadamard_product", "depth": 3}, "lambda": "1/4"})");
}

TEST(InstanceJson, ReadsTheDocumentedExample) {
    const Instance instance = instance_from_json(example());
    EXPECT_EQ(instance.loss.X(0, 1), Rational(1, 2));
    EXPECT_EQ(instance.loss.X(1, 1), Rational(-1, 4));
    EXPECT_EQ(instance.loss.y[1], Rational(-1, 3));
    EXPECT_EQ(instance.transfer.name, "hadamard_product");
    EXPECT_EQ(instance.transfer.depth, Exponent(3));
    EXPECT_EQ(instance.transfer.base_size, 2);
    EXPECT_EQ(instance.lambda, Rational(1, 4));
    Json with_intercept = example();
    with_intercept["unpenalised"] = {0};
    with_intercept["transfer"]["depth"] = "5/2";
    EXPECT_EQ(instance_from_json(with_intercept).transfer.base_size, 1);
    EXPECT_EQ(instance_from_json(with_intercept).transfer.depth, Exponent(5, 2));
}

TEST(InstanceJson, WritesWhatIsDocumented) {
    const std::string text = to_json(instance_from_json(example())).dump();
    EXPECT_EQ(text, R"({"loss":{"kind":"least_squares","X":[[1,"1/2"],[0,"-1/4"]],"y":[2,"-1/3"]},)"
                    R"("transfer":{"kind":"hadamard_product","depth":3},"lambda":"1/4"})");
}

void expect_refused(const char* pointer, const Json& value, const std::vector<std::string>& parts) {
    Json json = example();
    json[Json::json_pointer(pointer)] = value;
    try {
        instance_from_json(json);
        ADD_FAILURE() << "accepted: " << json;
    } catch (const InputError& e) {
        const std::string message = e.what();
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        for (const std::string& part : parts)
            EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks " << part;
    }
}

TEST(InstanceJson, RefusesByField) {
    expect_refused("/lambda", 0.25, {"lambda is the JSON float 0.25", "\"0.1\""});
    expect_refused("/loss/X/1/0", 0.5, {"loss.X[1][0]", "float"});
    expect_refused("/loss/y/0", 1e300, {"loss.y[0]", "float"});
    // An integer beyond 64 bits is a float to the JSON parser: refused, not rounded.
    expect_refused("/loss/y/0", Json::parse("123456789012345678901234567890"), {"loss.y[0]"});
    expect_refused("/loss/y/0", "one", {"loss.y[0]", "\"one\" is not a number"});
    expect_refused("/loss/y/0", "1/0", {"loss.y[0]", "denominator 0"});
    expect_refused("/loss/y/0", "1e999999999", {"loss.y[0]", "exponent"});
    expect_refused("/loss/y/0", nullptr, {"loss.y[0] is null"});
    expect_refused("/loss/y", "2", {"loss.y is string; wanted an array"});
    expect_refused("/loss/X/1", Json::array({1}), {"loss.X[1] has 1 entries", "loss.X[0] has 2"});
    expect_refused("/loss/X", Json::array(), {"loss.X has no rows"});
    expect_refused("/loss/X", Json::array({Json::array()}), {"loss.X[0] is empty"});
    expect_refused("/loss/kind", 3, {"loss.kind is number; wanted a string"});
    expect_refused("/loss/delt", 1, {"unknown field \"delt\"", "did you mean \"delta\"?"});
    expect_refused("/lamda", 1, {"unknown field \"lamda\"", "did you mean \"lambda\"?"});
    expect_refused("/loss", "huber", {"loss is string; wanted an object"});
    expect_refused("/transfer/depth", 2.5, {"transfer.depth", "float"});
    expect_refused("/transfer/depth", "x", {"transfer.depth", "\"x\""});
    expect_refused("/transfer/depth", -3, {"transfer.depth is -3", "positive"});
    expect_refused("/transfer/groups", Json::array({0}), {"transfer.groups[0] is number"});
    expect_refused("/transfer/groups", Json::array({Json::array({-1})}),
                   {"transfer.groups[0][0] is -1"});
    expect_refused("/transfer/weights", Json::array({0.5}), {"transfer.weights[0]", "float"});
    expect_refused("/lambda", 0, {"lambda is 0; it must be positive"});
    expect_refused("/lambda", "-1/2", {"lambda is -1/2"});
    expect_refused("/unpenalised", Json::array({2}), {"unpenalised[0] is 2", "2 coordinates"});
    expect_refused("/unpenalised", Json::array({1, 0}), {"unpenalised[1] is 0", "increase"});
    expect_refused("/unpenalised", Json::array({0, 1}), {"every coordinate"});
    expect_refused("/unpenalised", Json::array({0.0}), {"unpenalised[0] is a float"});
    expect_refused("/loss/kind", "quadratic", {"loss.A is missing"});
    expect_refused("/loss/kind", "polynomial", {"loss.monomials is missing"});
    expect_refused("/loss/monomials", Json::parse(R"([{"coefficient": 1}])"),
                   {"loss.monomials[0].exponents is missing"});
    expect_refused("/loss/monomials", Json::parse(R"([{"coefficient": 1, "exponents": [-1]}])"),
                   {"loss.monomials[0].exponents[0] is -1"});
    for (const char* field : {"loss", "transfer", "lambda"}) {
        Json json = example();
        json.erase(field);
        EXPECT_THROW(instance_from_json(json), InputError) << field;
    }
    EXPECT_THROW(instance_from_json(Json::array()), InputError);
    EXPECT_THROW(read_instance("/nowhere/instance.json"), InputError);
    EXPECT_THROW(read_instance(HADAMARD_SOURCE_DIR "/bench"), InputError);
    EXPECT_THROW(read_instance(HADAMARD_SOURCE_DIR "/bench/data/diabetes.csv"), InputError);
}

}  // namespace
}  // namespace hadamard
