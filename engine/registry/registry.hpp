#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"

namespace wafercast {

/// Models of one kind by id, in the order they were added. Addresses stay valid: designs point to
/// models.
template <class Model>
class Registry {
public:
    /// Adds a model; its id must be new. Built-ins and plugins register by this same call.
    void add(Model model) {
        WAFERCAST_ASSERT(find(model.id) == nullptr);
        models_.push_back(std::make_unique<Model>(std::move(model)));
    }

    [[nodiscard]] const Model* find(std::string_view id) const {
        for (const auto& model : models_) {
            if (model->id == id) {
                return model.get();
            }
        }
        return nullptr;
    }

    [[nodiscard]] std::vector<const Model*> all() const {
        std::vector<const Model*> models;
        for (const auto& model : models_) {
            models.push_back(model.get());
        }
        return models;
    }

    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (const auto& model : models_) {
            ids.push_back(model->id);
        }
        return ids;
    }

private:
    std::vector<std::unique_ptr<Model>> models_;
};

}  // namespace wafercast
