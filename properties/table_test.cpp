/// @file
/// Numbers, names and tables from text: what is read is exactly what was written, and every bad
/// input is refused in one line that says where it is.

#include "generators/scalars.hpp"

#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/data/table.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace hadamard {
namespace {

/// The message of the InputError that `action` throws, which must be one line; "" if there is none.
template <class Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const InputError& e) {
        const std::string message = e.what();
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_LT(message.size(), 400U) << message;
        return message;
    }
    return "";
}

bool mentions(const std::string& message, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
        if (message.find(part) == std::string::npos) {
            ADD_FAILURE() << '"' << message << "\" does not mention " << part;
            return false;
        }
    return true;
}

void expect_refused(std::string_view text, const std::vector<std::string>& parts) {
    const std::string message = refusal([&] { parse_table(text, "t.csv"); });
    EXPECT_FALSE(message.empty()) << "accepted: " << text;
    if (!message.empty()) mentions(message, parts);
}

/// A file that is there for the lifetime of the object.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content)
        : path_(directory_.written("table.csv", content)) {}
    const std::string& path() const { return path_; }

private:
    OwnDirectory directory_;
    std::string path_;
};

TEST(Number, IsReadExactly) {
    EXPECT_EQ(parse_rational("3"), 3);
    EXPECT_EQ(parse_rational("-0.25"), Rational(-1, 4));
    EXPECT_EQ(parse_rational("+0.1"), Rational(1, 10));
    EXPECT_EQ(parse_rational("1e-3"), Rational(1, 1000));
    EXPECT_EQ(parse_rational("1.50E+2"), 150);
    EXPECT_EQ(parse_rational(".5"), Rational(1, 2));
    EXPECT_EQ(parse_rational("5."), 5);
    EXPECT_EQ(parse_rational("1/3"), Rational(1, 3));
    EXPECT_EQ(parse_rational("-4/6"), Rational(-2, 3));
    EXPECT_EQ(parse_rational("0e0000000000000000000000"), 0);
    EXPECT_EQ(parse_rational("007"), 7);
    EXPECT_NE(parse_rational("0.1"), to_rational(0.1));
    EXPECT_EQ(numerator(parse_rational("1e10000")).str().size(), 10'001U);
    EXPECT_EQ(parse_exponent("2.5"), Exponent(5, 2));
    EXPECT_EQ(parse_exponent("5/2"), Exponent(5, 2));
    EXPECT_EQ(parse_exponent("3"), Exponent(3));
}

TEST(Number, ThatIsNoneIsRefused) {
    for (const char* text :
         {"",     "-",     "+",     ".",    "e5",   "1e",  "1e+",   "1.2.3",    "1 2",
          " 1",   "1 ",    "abc",   "0x10", "1,5",  "--1", "1e1.5", "1/",       "/2",
          "1/-2", "1.5/2", "1/2/3", "½",    "1e5x", "nan", "-inf",  "Infinity", "NA"}) {
        const std::string message = refusal([&] { parse_rational(text); });
        EXPECT_TRUE(mentions(message, {"\"" + std::string(text) + "\" is not a"})) << text;
    }
    EXPECT_TRUE(mentions(refusal([] { parse_rational("-inf"); }), {"not a finite number"}));
    EXPECT_TRUE(mentions(refusal([] { parse_rational("1/0"); }), {"denominator 0"}));
    EXPECT_TRUE(mentions(refusal([] { parse_decimal("1/3"); }), {"not a number"}));
    for (const char* monster :
         {"1e999999999", "1e-999999999", "1e10001", "-1e99999999999999999999"})
        EXPECT_TRUE(mentions(refusal([&] { parse_rational(monster); }), {"exponent", "10000"}));
    EXPECT_TRUE(
        mentions(refusal([] { parse_rational(std::string(30'000, '7')); }), {"30000 characters"}));
    EXPECT_TRUE(mentions(refusal([] { parse_exponent("99999999999"); }), {"depth"}));
    EXPECT_TRUE(mentions(refusal([] { parse_rational("a\nb\x01"); }), {"\"a\\x0ab\\x01\""}));
}

TEST(Number, RoundTripsThroughText) {
    EXPECT_TRUE(rc::check("parse(text(a)) == a", [] {
        const Rational a = gen::draw("a", gen::dyadic<Rational>(90));
        RC_ASSERT(parse_rational(a.str()) == a);
        const double b = gen::draw("b", gen::dyadic<double>(300));
        RC_ASSERT(from_rational<double>(parse_decimal(text(b))) == b);
    }));
}

TEST(NearestName, IsTheOneThatWasMeant) {
    const std::vector<std::string> names = {"least_squares", "logistic", "poisson", "huber", "s1"};
    EXPECT_EQ(nearest_name("leastsquares", names), "least_squares");
    EXPECT_EQ(nearest_name("logisitc", names), "logistic");
    EXPECT_EQ(nearest_name("POISSON", names), "poisson");
    EXPECT_EQ(nearest_name("hub", names), "huber");
    EXPECT_EQ(nearest_name("squares", names), "least_squares");
    EXPECT_EQ(nearest_name("transformer", names), "");
    EXPECT_EQ(nearest_name("", names), "");
    EXPECT_EQ(nearest_name("x", {}), "");
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("ab", "ba"), 1);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_TRUE(rc::check("a metric on short words", [] {
        const std::string a = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
        const std::string b = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
        RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
        RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
    }));
}

TEST(Table, IsReadExactly) {
    const Table t = parse_table("a,b\n1,0.1\n-2.5e-1,1e3\n", "t.csv");
    EXPECT_EQ(t.columns, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(t.rows(), 2);
    EXPECT_EQ(t.values(0, 1), Rational(1, 10));
    EXPECT_EQ(t.values(1, 0), Rational(-1, 4));
    EXPECT_EQ(t.values(1, 1), 1000);
    EXPECT_EQ(t.column("b"), 1);
}

/// The same two rows in every form that RFC 4180 and its users allow.
TEST(Table, ReadsEveryFormOfTheSameTable) {
    const Table plain = parse_table("a,b c\n1,2\n3,4\n", "t.csv");
    for (const char* text : {"a,b c\n1,2\n3,4", "a,b c\r\n1,2\r\n3,4\r\n",
                             "\xef\xbb\xbf"
                             "a,b c\n1,2\n3,4\n",
                             "\"a\",\"b c\"\n\"1\",2\n3,\"4\"\n", "a,b c\n 1 ,\t2\n3, 4\n",
                             "a, b c \n1,2\n3,4\n\n\r\n"}) {
        const Table other = parse_table(text, "t.csv");
        EXPECT_EQ(other.columns, plain.columns) << text;
        EXPECT_EQ(other.values, plain.values) << text;
    }
    const Table odd = parse_table("\"a\"\"b, c\",\"two\nlines\"\n1,2\n", "t.csv");
    EXPECT_EQ(odd.columns, (std::vector<std::string>{"a\"b, c", "two\nlines"}));
    EXPECT_EQ(parse_table("größe\n1\n", "t.csv").columns[0], "größe");
}

TEST(Table, RoundTrips) {
    EXPECT_TRUE(rc::check("parse(print(table)) == table", [] {
        const Index rows = *rc::gen::inRange(1, 6), columns = *rc::gen::inRange(1, 5);
        const Matrix<double> values =
            gen::draw("values", gen::matrix<double>(rows, columns, gen::dyadic<double>()));
        const std::string end = *rc::gen::element<std::string>("\n", "\r\n");
        std::string text;
        for (Index j = 0; j < columns; ++j) text += (j > 0 ? ",x" : "x") + std::to_string(j);
        for (Index i = 0; i < rows; ++i) {
            text += end;
            for (Index j = 0; j < columns; ++j)
                text += (j > 0 ? "," : "") + hadamard::text(values(i, j));
        }
        const Table table = parse_table(text, "t.csv");
        RC_ASSERT(table.rows() == rows);
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < columns; ++j)
                RC_ASSERT(from_rational<double>(table.values(i, j)) == values(i, j));
    }));
}

TEST(Table, BadInputIsRefusedWithItsPlace) {
    using namespace std::string_literals;
    expect_refused("", {"t.csv", "is empty"});
    expect_refused("\xef\xbb\xbf\n\n", {"is empty"});
    expect_refused("a,b\n", {"t.csv", "header but no data"});
    expect_refused("a,b\n1,2\n3\n", {"line 3 (row 2) has 1 cells", "2 columns"});
    expect_refused("a,b\n1,2,3\n", {"line 2 (row 1) has 3 cells"});
    expect_refused("a,b\n1,x1\n", {"t.csv: line 2", "\"b\"", "\"x1\" is not a number", "-0.25"});
    expect_refused("a,b\n1,\n", {"line 2", "\"b\"", "is empty"});
    expect_refused("a,b\n1,2\n,3\n", {"line 3", "\"a\"", "is empty"});
    expect_refused("a\n\"\"\n", {"line 2", "is empty"});
    expect_refused("a,b\n1,2\n\n3,4\n", {"line 3 is blank"});
    for (const char* bad : {"NaN", "inf", "-Infinity"})
        expect_refused("a\n"s + bad + "\n", {"line 2", "not a finite number"});
    expect_refused("a\n1/3\n", {"line 2", "\"1/3\" is not a number"});
    expect_refused("a\n1e999999999\n", {"line 2", "exponent", "10000"});
    expect_refused("a,a\n1,2\n", {"line 1, column 2", "\"a\" occurs twice"});
    expect_refused("a,\n1,2\n", {"line 1, column 2", "no name"});
    expect_refused("a\n1\0\n"s, {"line 2", "NUL"});
    expect_refused("a;b\n1;2\n", {"commas"});
    expect_refused("a,b\n1,\"2\n", {"line 2", "never ends"});
    expect_refused("a,b\n1,\"2\"x\n", {"line 2", "after the closing quote"});
    expect_refused("a,b\n1,2\"\n", {"line 2", "quote inside"});
    expect_refused("a,b\r1,2\r", {"line 1", "carriage return"});
    expect_refused("a\xff,b\n1,2\n", {"line 1, column 1", "not UTF-8"});
    // A quoted line break counts: the bad cell is on line 4 of the file.
    expect_refused("\"two\nlines\",b\n1,2\n3,x\n", {"line 4", "\"x\""});
}

TEST(Table, UnknownColumnSuggestsTheNearest) {
    const Table t = parse_table("age,progression\n1,2\n", "t.csv");
    EXPECT_TRUE(mentions(refusal([&] { (void)t.column("progresion"); }),
                         {"t.csv", "\"progresion\"", "did you mean \"progression\"?"}));
    EXPECT_EQ(refusal([&] { (void)t.column("zzzzzz"); }).find("did you mean"), std::string::npos);
}

TEST(Table, ThatDoesNotFitIsRefusedBeforeItIsAllocated) {
    std::string text = "a,b,c,d\n";
    for (int i = 0; i < 1000; ++i) text += "1,2,3,4\n";
    EXPECT_TRUE(mentions(refusal([&] { parse_table(text, "t.csv", 100'000); }),
                         {"t.csv", "memory", "fewer rows"}));
    EXPECT_EQ(parse_table(text, "t.csv", 10'000'000).rows(), 1000);
    EXPECT_GT(memory_limit(), 1'000'000U);
    // An endless file is refused once it has passed the limit.
    EXPECT_TRUE(mentions(refusal([] { read_table("/dev/zero", 10'000'000); }), {"NUL"}));
}

TEST(Table, FilesAreNamedWhenTheyCannotBeRead) {
    EXPECT_TRUE(mentions(refusal([] { read_table("/nowhere/missing.csv"); }),
                         {"/nowhere/missing.csv", "No such file"}));
    const std::string folder = std::filesystem::temp_directory_path().string();
    EXPECT_TRUE(mentions(refusal([&] { read_table(folder); }), {folder, "directory"}));
    const TemporaryFile empty(""), one("a,b\n1,2\n"), bad("a\nx\n");
    EXPECT_TRUE(mentions(refusal([&] { read_table(empty.path()); }), {empty.path(), "is empty"}));
    EXPECT_TRUE(mentions(refusal([&] { read_table(bad.path()); }), {bad.path() + ": line 2"}));
    EXPECT_EQ(read_table(one.path()).rows(), 1);
    EXPECT_EQ(read_table(one.path()).source, one.path());
}

TEST(Table, BenchDataAreWhatTheirReadmeSays) {
    const std::string folder = std::string(HADAMARD_SOURCE_DIR) + "/bench/data/";
    const Table diabetes = read_table(folder + "diabetes.csv");
    EXPECT_EQ(diabetes.rows(), 442);
    EXPECT_EQ(diabetes.columns.size(), 11U);
    EXPECT_EQ(diabetes.values(0, diabetes.column("s5")), Rational(48598, 10000));
    const Table cancer = read_table(folder + "breast_cancer.csv");
    EXPECT_EQ(cancer.rows(), 569);
    EXPECT_EQ(cancer.columns.size(), 31U);
    EXPECT_EQ(cancer.values.col(cancer.column("malignant")).sum(), 212);
}

/// A reader that goes through `double` is turned down by the exactness that these tests ask for.
TEST(Table, MutantThroughDoubleIsNotExact) {
    const auto exact = [](auto parse) {
        return parse("0.1") == Rational(1, 10) && parse("1e-3") == Rational(1, 1000);
    };
    EXPECT_TRUE(exact([](const char* text) { return parse_decimal(text); }));
    EXPECT_FALSE(exact([](const char* text) { return to_rational(std::atof(text)); }));
}

}  // namespace
}  // namespace hadamard
