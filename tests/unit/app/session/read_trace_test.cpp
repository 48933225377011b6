#include "session/read_trace.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

TEST(ReadTrace, TakesColumnsInAnyOrderAndCountsFromTheFirstArrival) {
    const auto trace = read_trace_text(
        "# a comment\noutput_tokens, input_tokens, user, arrival_s\n20,10,a,5.5\n\n40,30,b,6\r\n",
        "t.csv");
    ASSERT_TRUE(trace.has_value());
    ASSERT_EQ(trace->size(), 2u);
    EXPECT_EQ((*trace)[0].arrival, 0.0);
    EXPECT_EQ((*trace)[1].arrival, 0.5);
    EXPECT_EQ((*trace)[1].input, 30.0);
    EXPECT_EQ((*trace)[1].output, 40.0);
}

TEST(ReadTrace, TellsEveryProblemWithItsPlace) {
    const auto trace = read_trace_text(
        "arrival_s,input_tokens,output_tokens\n1,x,3\n0.5,2,0\n-1,2\n2,1.5,1\n", "t.csv");
    ASSERT_FALSE(trace.has_value());
    const Failures& failures = trace.error();
    ASSERT_EQ(failures.size(), 6u);
    const auto at = [&](std::size_t i) {
        return std::pair{failures[i].where.line, failures[i].where.column};
    };
    EXPECT_EQ(at(0), (std::pair{2, 3}));  // no number
    EXPECT_EQ(at(1), (std::pair{3, 7}));  // 0 tokens
    EXPECT_EQ(at(2), (std::pair{3, 1}));  // falls
    EXPECT_EQ(at(3), (std::pair{4, 1}));  // before the start
    EXPECT_EQ(at(4), (std::pair{4, 1}));  // a cell is missing
    EXPECT_EQ(at(5), (std::pair{5, 3}));  // half a token
    EXPECT_EQ(failures[0].where.file, "t.csv");
    EXPECT_FALSE(read_trace_text("", "t.csv").has_value());
    EXPECT_FALSE(read_trace_text("arrival_s,input_tokens\n1,2\n", "t.csv").has_value());
    EXPECT_FALSE(read_trace_text("arrival_s,input_tokens,output_tokens\n", "t.csv").has_value());
}

}  // namespace
}  // namespace wafercast
