#include "session/calibration_overlay.hpp"

#include <algorithm>

#include "format/format_number.hpp"
#include "kernels/catalog_device.hpp"
#include "reader/read_catalog.hpp"
#include "reader/write_design.hpp"
#include "session/shipped_files.hpp"

namespace wafercast {
namespace {

SourcedNumber fitted_number(const Dimension& dimension, double value, double low, double high,
                            const std::string& source, const std::string& note) {
    Sourced<double> point;
    point.value = value;
    point.low = std::min(low, value);
    point.high = std::max(high, value);
    point.source = source;
    point.confidence = Confidence::kMedium;
    point.note = note;
    SourcedNumber number;
    number.dimension = dimension;
    number.points.push_back(point);
    return number;
}

/// The constant that a stack which no row ran reads, where the new family would hide it: "launch"
/// of the family hides "stacks.vllm.launch" of the one it is like.
void keep_other_stacks(const Catalog& catalog, const CalibrationTask& task,
                       const std::vector<std::string>& measured, const std::string& like,
                       CatalogEntry& family) {
    for (const std::string& stack : kernel_stacks(catalog, like)) {
        if (std::find(measured.begin(), measured.end(), stack) != measured.end()) {
            continue;
        }
        auto constants = read_kernel_constants(catalog, like, stack);
        for (const MovedConstant& moved : task.moved) {
            const std::string path =
                kernel_constant_path(catalog, like, stack, moved.constant.path);
            const bool fitted =
                std::any_of(task.moved.begin(), task.moved.end(),
                            [&path](const MovedConstant& other) { return other.path == path; });
            if (constants && !fitted && path.starts_with("stacks.") &&
                !family.numbers.contains(path)) {
                const double value = moved.constant.in(*constants);
                family.numbers[path] = fitted_number(moved.constant.dimension, value, value * 0.8,
                                                     value * 1.25, like, "not measured");
            }
        }
    }
}

/// The spread that the rows' suite reads is set; other sections keep theirs.
void add_spread(const CalibrationTask& task, const KernelCalibration& found, CatalogEntry& family) {
    if (!found.spread_learnt) {
        return;
    }
    constexpr double kMark = -1.0;
    // `spread` only reads, and these constants are this function's own.
    const auto with = [&task](const KernelSpread& spread) {
        KernelConstants constants = task.start.front();
        const_cast<KernelSpread&>(task.spread(constants)) = spread;
        return constants;
    };
    KernelConstants marked = with({kMark, kMark, kMark, kMark, kMark, kMark});
    KernelConstants learnt = with(found.spread);
    for (const NamedConstant& constant : kernel_constants()) {
        if (constant.in(marked) == kMark) {
            const double value = constant.in(learnt);
            family.numbers[std::string{constant.path}] = fitted_number(
                constant.dimension, value, value * 0.95, value * 1.05, found.file, "held-out rows");
        }
    }
}

/// Whether the entry comes with the program, so that a file which names it can be read anywhere.
bool ships(const CatalogEntry& entry) {
    const auto folder = data_folder();
    const std::string root = folder ? (*folder / "catalog").string() : std::string{};
    return entry.where.file.empty() || (!root.empty() && entry.where.file.starts_with(root));
}

/// The families from one on that do not ship, and the first that does.
struct Ancestry {
    std::vector<const CatalogEntry*> own;
    const CatalogEntry* shipped = nullptr;
};

Ancestry ancestry_of(const Catalog& catalog, const std::string& id) {
    constexpr std::size_t kLongest = 8;
    Ancestry ancestry;
    const CatalogEntry* entry = catalog.find("families", id);
    while (entry != nullptr && ancestry.own.size() < kLongest && !ships(*entry)) {
        ancestry.own.push_back(entry);
        entry = catalog.find("families", entry->text("like"));
    }
    ancestry.shipped = entry;
    return ancestry;
}

/// Whether `stated` is the constant `field` of some stack: "stacks.vllm.gemm.launch".
bool is_of_a_stack(std::string_view stated, std::string_view field) {
    constexpr std::string_view kPrefix = "stacks.";
    return stated.starts_with(kPrefix) &&
           stated.substr(stated.find('.', kPrefix.size()) + 1) == field;
}

/// The constants that families of earlier calibrations state, the later ones over the earlier.
void carry_constants(const Ancestry& ancestry, CatalogEntry& family) {
    for (auto entry = ancestry.own.rbegin(); entry != ancestry.own.rend(); ++entry) {
        for (const auto& [field, number] : (*entry)->numbers) {
            // "gemm.launch" of a later family hides "stacks.vllm.gemm.launch" of one before it.
            std::erase_if(family.numbers, [&name = field](const auto& stated) {
                return is_of_a_stack(stated.first, name);
            });
        }
        for (const auto& [field, number] : (*entry)->numbers) {
            if (field.find('.') != std::string::npos) {
                family.numbers[field] = number;
            }
        }
    }
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        all += (all.empty() ? "" : ", ") + name;
    }
    return all;
}

CatalogEntry family_entry(const Catalog& catalog, const CalibrationTask& task,
                          const std::vector<std::string>& stacks, const KernelCalibration& found) {
    const CatalogEntry* like = catalog.find("families", found.like);
    CatalogEntry family;
    family.kind = "families";
    family.id = found.family;
    const Ancestry ancestry = ancestry_of(catalog, found.like);
    // However often constants were fitted, the title is that of the family that ships.
    const CatalogEntry& root = ancestry.shipped == nullptr ? *like : *ancestry.shipped;
    family.title = root.title + ", calibrated on " + joined(found.devices);
    family.note = std::to_string(found.rows) + " rows of " + found.suite + ": mean error " +
                  format_share(found.all.before) + " before, " + format_share(found.all.after) +
                  " after" +
                  (found.cross_validated ? ", " + format_share(found.all.held_out) + " held out"
                                         : std::string{}) +
                  ".";
    family.texts = like->texts;
    family.texts["like"] = root.id;
    family.texts["fitted_on"] = joined(found.devices);
    for (const auto& [field, number] : like->numbers) {
        if (field.find('.') == std::string::npos) {
            family.numbers[field] = number;  // what every family must state
        }
    }
    carry_constants(ancestry, family);
    keep_other_stacks(catalog, task, stacks, found.like, family);
    for (const CalibratedConstant& constant : found.constants) {
        family.numbers[constant.path] =
            fitted_number(constant.dimension, constant.after, constant.low, constant.high,
                          found.file, constant.what);
    }
    add_spread(task, found, family);
    return family;
}

/// Whether the text, laid over the catalog, gives each stack the fitted constants.
bool reads_back(const Catalog& catalog, const std::string& text, const CalibrationTask& task,
                const std::vector<std::string>& stacks, const KernelCalibration& found) {
    const auto entries = read_catalog_text(text, "calibrated family", "");
    if (!entries) {
        return false;
    }
    Catalog with;  // without the families of other overlays
    for (const std::string& kind : catalog.kinds()) {
        for (const CatalogEntry* entry : catalog.entries(kind)) {
            if (kind != "families" || ships(*entry)) {
                with.add(*entry);
            }
        }
    }
    for (const CatalogEntry& entry : *entries) {
        with.add(entry);
    }
    for (std::size_t s = 0; s < stacks.size(); ++s) {
        auto read = read_kernel_constants(with, found.family, stacks[s]);
        if (!read) {
            return false;
        }
        for (std::size_t i = 0; i < task.moved.size(); ++i) {
            const auto& of = task.moved[i].stacks;
            if (std::find(of.begin(), of.end(), s) != of.end() &&
                task.moved[i].constant.in(*read) != found.constants[i].after) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

Result<std::string> write_calibration(const Catalog& catalog, const CalibrationTask& task,
                                      const std::vector<std::string>& stacks,
                                      const KernelCalibration& found) {
    std::string text = "# Written by wafercast calibrate from " + found.file +
                       "; use it with --catalog.\n" +
                       write_catalog_entry(family_entry(catalog, task, stacks, found));
    for (const std::string& device : found.devices) {
        CatalogEntry entry = *catalog.find("accelerators", device);
        entry.texts["family"] = found.family;
        text += "\n" + write_catalog_entry(entry);
    }
    if (!reads_back(catalog, text, task, stacks, found)) {
        return Failure{.code = "calibrate.differs",
                       .message =
                           "The written family does not give the fitted constants; this is a "
                           "defect of the program.",
                       .where = {}};
    }
    return text;
}

}  // namespace wafercast
