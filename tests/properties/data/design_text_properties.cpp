// Whatever a person edits, the text that is saved reads back as the same design.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <rapidcheck/gtest.h>

#include "reader/check_design.hpp"
#include "reader/read_design.hpp"
#include "reader/write_design.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937;

const std::vector<DesignFile>& shipped() {
    static const auto files = [] {
        std::vector<fs::path> paths;
        for (const auto& entry : fs::directory_iterator{
                 fs::path{std::getenv("WAFERCAST_SOURCE_DIR")} / "data/designs"}) {
            if (entry.path().extension() == ".toml") {
                paths.push_back(entry.path());
            }
        }
        std::sort(paths.begin(), paths.end());
        std::vector<DesignFile> read;
        for (const auto& path : paths) {
            auto file = read_design(path);
            EXPECT_TRUE(file.has_value())
                << path << (file ? "" : ": " + file.error().front().message);
            if (file) {
                read.push_back(*std::move(file));
            }
        }
        return read;
    }();
    return files;
}

std::size_t below(Random& random, std::size_t size) {
    return std::uniform_int_distribution<std::size_t>{0, size - 1}(random);
}

double random_value(Random& random, const FieldInfo& info) {
    const double low = std::max(info.minimum, 1e-15);
    const double high = std::min(info.maximum, 1e18);
    double value =
        std::exp(std::uniform_real_distribution<double>{std::log(low), std::log(high)}(random));
    if (info.whole) {
        value = std::floor(value);
    }
    return std::clamp(value, std::max(info.minimum, info.whole ? 1.0 : 0.0), info.maximum);
}

std::string random_word(Random& random, const FieldInfo& info) {
    if (!info.choices.empty()) {
        return std::string{info.choices.substr(0, info.choices.find('|'))};
    }
    if (info.is_id) {
        return "id-" + std::to_string(random() % 1000) + ".v" + std::to_string(random() % 10);
    }
    constexpr std::string_view letters = "ab \\\"'#=[]{}é\tz";
    std::string word = "w";
    for (int i = 0; i < 12; ++i) {
        word += letters[below(random, letters.size())];
    }
    return word + "w";
}

void edit_number(Random& random, const FieldRef& field) {
    switch (random() % 6) {
        case 0:
            *field.number = Setting{};
            return;
        case 1:
            if (!field.info->catalog_kind.empty()) {
                *field.number = Setting::catalog("entry-" + std::to_string(random() % 100));
                return;
            }
            break;
        case 2:
            if (!field.info->keyword.empty()) {
                *field.number = Setting{};
                field.number->keyword = field.info->keyword;
                return;
            }
            break;
        case 3: {
            const double value = random_value(random, *field.info);
            *field.number = Setting::number(value);
            field.number->low = field.info->whole ? value : value * 0.75;
            field.number->high = value;
            field.number->source = "some-key";
            if (field.number->low < field.info->minimum) {
                field.number->low = value;
            }
            return;
        }
        default:
            break;
    }
    *field.number = Setting::number(random_value(random, *field.info));
}

void edit_field(Random& random, Design& design) {
    auto all = fields(design);
    const auto& field = all[below(random, all.size())];
    if (field.kind == FieldKind::kNumber) {
        edit_number(random, field);
    } else if (field.kind == FieldKind::kText && field.path.find(".on") == std::string::npos) {
        *field.text = random() % 4 == 0 ? std::string{} : random_word(random, *field.info);
        // Bytes of a cut code point are no UTF-8, and a text file holds none.
        std::erase_if(*field.text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    }
}

void edit_parts(Random& random, Design& design) {
    switch (random() % 8) {
        case 0: {
            Block block = design.blocks[below(random, design.blocks.size())];
            block.id += "-new";
            design.dies[below(random, design.dies.size())].blocks.push_back(block.id);
            design.blocks.push_back(block);
            return;
        }
        case 1: {
            const auto gone = below(random, design.blocks.size());
            for (auto& die : design.dies) {
                std::erase(die.blocks, design.blocks[gone].id);
            }
            std::erase_if(design.nets, [&](const Net& net) {
                return net.from == design.blocks[gone].id || net.to == design.blocks[gone].id;
            });
            design.blocks.erase(design.blocks.begin() + static_cast<std::ptrdiff_t>(gone));
            return;
        }
        case 2:
            design.nets.push_back(
                {design.blocks.front().id, design.blocks.back().id, Setting::number(1e12)});
            return;
        case 3:
            design.package.memory.push_back({"extra", "some-stack", Setting::number(2.0), {}});
            return;
        case 4:
            design.edge = EdgeSpec{};
            design.edge->life = Setting::number(1e8 / 3.0);
            return;
        case 5:
            design.functional.reset();
            return;
        case 6:
            design.calibration = calibrate(design);
            return;
        default:
            std::swap(design.blocks.front(), design.blocks.back());
            return;
    }
}

bool is_good(const Design& design) {
    return check_design(
               design, [](const std::string&) { return SourceLocation{}; },
               [](const std::string&) { return false; })
        .empty();
}

std::string first_problem(const Result<DesignFile>& read) {
    return read ? std::string{}
                : read.error().front().message + " at line " +
                      std::to_string(read.error().front().where.line);
}

TEST(DesignText, EveryShippedDesignIsWrittenWhole) {
    ASSERT_GE(shipped().size(), 12U);
    for (const auto& file : shipped()) {
        const auto text = write_design(file.design);
        const auto read = read_design_text(text, "written.toml");
        ASSERT_TRUE(read.has_value()) << first_problem(read) << '\n' << text;
        EXPECT_EQ(read->design, file.design) << text;
        EXPECT_EQ(write_design(read->design), text) << "writing is stable";
    }
}

TEST(DesignText, NoEditNoChange) {
    for (const auto& file : shipped()) {
        EXPECT_EQ(update_design_text(file.text, file.design, file.design), file.text);
    }
}

RC_GTEST_PROP(DesignText, ValueEditsKeepTheRest, (std::uint32_t seed)) {
    Random random{seed};
    const auto& file = shipped()[below(random, shipped().size())];
    Design edited = file.design;
    for (std::size_t i = 0; i <= below(random, 4); ++i) {
        Design next = edited;
        edit_field(random, next);
        if (is_good(next)) {
            edited = next;
        }
    }
    const auto text = update_design_text(file.text, file.design, edited);
    const auto read = read_design_text(text, "updated.toml");
    RC_ASSERT(first_problem(read) == "");
    RC_ASSERT(read->design == edited);
    RC_ASSERT(read_design_text(write_design(edited), "whole.toml")->design == edited);
    // Lines that no edit touched are still there, comments and all: edits touch few.
    std::size_t kept = 0;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < file.text.size();) {
        const auto end = std::min(file.text.find('\n', at), file.text.size());
        ++lines;
        kept += text.find(file.text.substr(at, end - at)) != std::string::npos ? 1U : 0U;
        at = end + 1;
    }
    RC_ASSERT(kept + 6 >= lines);
}

RC_GTEST_PROP(DesignText, AnyEditReadsBack, (std::uint32_t seed)) {
    Random random{seed};
    const auto& file = shipped()[below(random, shipped().size())];
    Design edited = file.design;
    for (int i = 0; i < 3; ++i) {
        Design next = edited;
        edit_parts(random, next);
        edit_field(random, next);
        if (is_good(next)) {
            edited = next;
        }
    }
    const auto read =
        read_design_text(update_design_text(file.text, file.design, edited), "updated.toml");
    RC_ASSERT(first_problem(read) == "");
    RC_ASSERT(read->design == edited);
}

}  // namespace
}  // namespace wafercast
