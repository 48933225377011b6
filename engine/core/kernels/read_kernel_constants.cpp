#include "core/kernels/read_kernel_constants.hpp"

#include <set>
#include <string>
#include <vector>

namespace wafercast {
namespace {

/// A chain of families longer than this goes in a circle.
constexpr std::size_t kLongestChain = 8;

std::vector<const CatalogEntry*> chain_of(const Catalog& catalog, std::string_view family) {
    std::vector<const CatalogEntry*> chain;
    const CatalogEntry* entry = catalog.find("families", family);
    while (entry != nullptr && chain.size() < kLongestChain) {
        chain.push_back(entry);
        const std::string_view like = entry->text("like");
        entry = like.empty() ? nullptr : catalog.find("families", like);
    }
    return chain;
}

double value_of(const SourcedNumber& number) { return number.points.back().value; }

/// What a family states about all constants of a kind that it takes over; empty: nothing.
std::string_view scaled_by(const NamedConstant& constant) {
    const bool of_step = constant.path.starts_with("step.");
    if (constant.dimension != dimension::time || of_step) {
        return {};
    }
    return constant.path.starts_with("collective.") ? "link_time" : "fixed_time";
}

/// A constant of a chain of families.
class Lookup {
public:
    Lookup(const std::vector<const CatalogEntry*>& chain, std::string_view stack)
        : chain_{chain}, prefix_{"stacks." + std::string{stack} + "."} {}

    [[nodiscard]] const SourcedNumber* find(const NamedConstant& constant, double& value) const {
        double scale = 1.0;
        const std::string_view scale_name = scaled_by(constant);
        const std::string of_stack = prefix_ + std::string{constant.path};
        for (const CatalogEntry* entry : chain_) {
            const SourcedNumber* number = entry->number(of_stack);
            number = number != nullptr ? number : entry->number(constant.path);
            if (number != nullptr) {
                value = value_of(*number) * scale;
                return number;
            }
            if (const SourcedNumber* factor = entry->number(scale_name)) {
                scale *= value_of(*factor);
            }
        }
        return nullptr;
    }

private:
    const std::vector<const CatalogEntry*>& chain_;
    std::string prefix_;
};

}  // namespace

Result<KernelConstants> read_kernel_constants(const Catalog& catalog, std::string_view family,
                                              std::string_view stack) {
    const auto chain = chain_of(catalog, family);
    const Lookup lookup{chain, stack};
    KernelConstants constants;
    Failures problems;
    for (const NamedConstant& constant : kernel_constants()) {
        if (lookup.find(constant, constant.in(constants)) == nullptr) {
            problems.push_back({.code = "kernels.missing",
                                .message = "The family '" + std::string{family} +
                                           "' and those it is like state no '" +
                                           std::string{constant.path} + "', " +
                                           std::string{constant.what} + ".",
                                .where = chain.empty() ? SourceLocation{} : chain.front()->where});
            continue;
        }
    }
    if (!problems.empty()) {
        return problems;
    }
    return constants;
}

std::string kernel_constant_path(const Catalog& catalog, std::string_view family,
                                 std::string_view stack, std::string_view path) {
    const std::string of_stack = "stacks." + std::string{stack} + "." + std::string{path};
    for (const CatalogEntry* entry : chain_of(catalog, family)) {
        for (const std::string_view name : {std::string_view{of_stack}, path}) {
            if (entry->number(name) != nullptr) {
                return std::string{name};
            }
        }
    }
    return {};
}

std::vector<std::string> kernel_stacks(const Catalog& catalog, std::string_view family) {
    constexpr std::string_view kPrefix = "stacks.";
    std::set<std::string> stacks;
    for (const CatalogEntry* entry : chain_of(catalog, family)) {
        for (const auto& [field, number] : entry->numbers) {
            if (field.starts_with(kPrefix)) {
                const auto end = field.find('.', kPrefix.size());
                stacks.insert(field.substr(kPrefix.size(), end - kPrefix.size()));
            }
        }
    }
    return {stacks.begin(), stacks.end()};
}

std::string_view family_text(const Catalog& catalog, std::string_view family,
                             std::string_view field) {
    for (const CatalogEntry* entry : chain_of(catalog, family)) {
        if (const std::string_view text = entry->text(field); !text.empty()) {
            return text;
        }
    }
    return {};
}

}  // namespace wafercast
