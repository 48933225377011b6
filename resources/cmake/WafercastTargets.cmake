# wafercast_library, wafercast_program, wafercast_plugin: how every target of the product is declared.

# Precompiled headers: one each for libraries (PIC), programs (PIE), tests (PIE, with GoogleTest) and the window (PIC, with Qt),
# shared by all targets of that kind. Only headers that never change while we work are in them.
set(WAFERCAST_PCH_HEADERS
    <algorithm> <array> <cmath> <cstddef> <cstdint> <functional> <limits> <map> <memory> <numeric>
    <optional> <span> <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector>)
set(WAFERCAST_PCH_WINDOW_HEADERS
    <QAbstractItemModel> <QObject> <QPainter> <QPalette> <QString> <QVariant> <QWidget>)

if(WAFERCAST_USE_PCH)
    set(pch_source "${PROJECT_BINARY_DIR}/generated/precompiled.cpp")
    if(NOT EXISTS "${pch_source}")
        file(WRITE "${pch_source}" "")
    endif()
    set(kinds library program)
    if(WAFERCAST_BUILD_TESTS)
        list(APPEND kinds test)
    endif()
    if(WAFERCAST_BUILD_GUI)
        list(APPEND kinds window)
    endif()
    foreach(kind IN LISTS kinds)
        set(target precompiled_${kind})
        add_library(${target} OBJECT EXCLUDE_FROM_ALL "${pch_source}")
        target_precompile_headers(${target} PRIVATE ${WAFERCAST_PCH_HEADERS})
        if(kind STREQUAL "program" OR kind STREQUAL "test")
            set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
            target_compile_options(${target} PRIVATE ${CMAKE_CXX_COMPILE_OPTIONS_PIE})
        endif()
    endforeach()
    if(TARGET precompiled_test)
        target_precompile_headers(precompiled_test PRIVATE <gtest/gtest.h>)
        target_link_libraries(precompiled_test PRIVATE GTest::gtest)
    endif()
    if(TARGET precompiled_window)
        target_precompile_headers(precompiled_window PRIVATE ${WAFERCAST_PCH_WINDOW_HEADERS})
        target_link_libraries(precompiled_window PRIVATE Qt6::Widgets)
    endif()
endif()

# wafercast_use_pch(TARGET library|program|test|window)
function(wafercast_use_pch target kind)
    if(WAFERCAST_USE_PCH)
        target_precompile_headers(${target} REUSE_FROM precompiled_${kind})
    endif()
endfunction()

# wafercast_library(NAME [BASE dir] [SOURCES ...] [HEADERS ...] [PUBLIC ...] [PRIVATE ...])
#
# Headers are included from BASE (absolute; the library's root). Without sources the library is INTERFACE and PRIVATE
# libraries are left out, because nothing could use them. The alias is Wafercast::NAME.
function(wafercast_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE" "SOURCES;HEADERS;PUBLIC;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "wafercast_library(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT arg_BASE)
        set(arg_BASE "${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    if(arg_SOURCES)
        set(scope PUBLIC)
        add_library(${name} STATIC ${arg_SOURCES})
        set_target_properties(${name} PROPERTIES OUTPUT_NAME wafercast_${name})
        target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
        set(kind library)
        if("Qt6::Widgets" IN_LIST arg_PUBLIC)
            set(kind window)
        endif()
        wafercast_use_pch(${name} ${kind})
    else()
        set(scope INTERFACE)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_PUBLIC})
    endif()
    add_library(Wafercast::${name} ALIAS ${name})
    target_compile_features(${name} ${scope} cxx_std_20)
    target_include_directories(${name} ${scope} "$<BUILD_INTERFACE:${arg_BASE}>")
    if(arg_HEADERS)
        target_sources(${name} ${scope} FILE_SET HEADERS BASE_DIRS "${arg_BASE}" FILES ${arg_HEADERS})
    endif()
endfunction()

# wafercast_program(NAME SOURCES ... [PRIVATE ...]): an executable in bin/. Without sources there is no target yet.
function(wafercast_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PRIVATE")
    if(NOT arg_SOURCES)
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_PRIVATE})
    set(kind program)
    if("Wafercast::gui" IN_LIST arg_PRIVATE)
        set(kind window) # Qt's programs are compiled as PIC
    endif()
    wafercast_use_pch(${name} ${kind})
    set_property(GLOBAL APPEND PROPERTY WAFERCAST_PROGRAMS ${name})
endfunction()

# wafercast_plugin(NAME SOURCES ...): a module in lib/wafercast/plugins, built on the SDK alone.
function(wafercast_plugin name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
    add_library(${name} MODULE ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE Wafercast::plugin_sdk)
    set_target_properties(${name} PROPERTIES
        PREFIX ""
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/wafercast/plugins")
    set_property(GLOBAL APPEND PROPERTY WAFERCAST_PLUGINS ${name})
endfunction()
