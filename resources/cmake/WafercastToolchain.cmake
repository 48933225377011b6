# Language level, warnings, floating point, linker, compiler cache: the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # static libraries are linked into plugins
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The build tree has the shape of the install tree, so programs find share/ the same way in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
add_compile_options(-ffp-contract=off) # the same design gives the same bytes on every CPU
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # What is shipped names files relative to the source folder, never a machine's own path.
    add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
endif()

if(WAFERCAST_SANITIZE)
    add_compile_options(-fsanitize=${WAFERCAST_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${WAFERCAST_SANITIZE})
endif()
if(WAFERCAST_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

find_program(WAFERCAST_MOLD mold)
mark_as_advanced(WAFERCAST_MOLD)
if(WAFERCAST_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

find_program(WAFERCAST_CCACHE ccache)
mark_as_advanced(WAFERCAST_CCACHE)
if(WAFERCAST_USE_CCACHE AND WAFERCAST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Paths below the source folder are made relative, so several checkouts share one cache.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env
        "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
        CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        "${WAFERCAST_CCACHE}")
endif()
