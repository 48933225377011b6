#pragma once

#include <memory>
#include <utility>

#include "gui/views/plot_canvas.hpp"

namespace wafercast::gui {

/// A canvas and the scene it owns, by its own type.
template <class Scene>
struct Figure {
    Scene* scene = nullptr;
    PlotCanvas* canvas = nullptr;
};

template <class Scene, class... Arguments>
Figure<Scene> makeFigure(const QString& name, Settings& settings, QWidget* parent,
                         Arguments&&... arguments) {
    auto scene = std::make_unique<Scene>(std::forward<Arguments>(arguments)...);
    Scene* made = scene.get();
    return {made, new PlotCanvas{std::move(scene), name, settings, parent}};
}

}  // namespace wafercast::gui
