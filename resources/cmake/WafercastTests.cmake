# How tests are declared. Labels are the folder names: ctest -L unit, -L properties, -L golden, -L cli, -L gui, -L architecture;
# tests that ./check leaves to ./check --full carry the label "long".
include(GoogleTest)

set(WAFERCAST_TEST_ENVIRONMENT
    "WAFERCAST_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "WAFERCAST_BINARY_DIR=${PROJECT_BINARY_DIR}"
    "WAFERCAST_PROGRAM=${PROJECT_BINARY_DIR}/bin/wafercast"
    "QT_QPA_PLATFORM=offscreen")

# wafercast_test(KIND NAME SOURCES ... [LIBRARIES ...] [LABELS ...] [DEPENDS ...]
#                [ENVIRONMENT ...] [FIXTURES ...] [TIMEOUT seconds])
#
# Builds the GoogleTest program KIND_NAME (build it alone with: ninja -C build/dev KIND_NAME) and registers each TEST as
# KIND.Suite.Name. Without sources there is no target. Tests find files through the environment variables above.
function(wafercast_test kind name)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "TIMEOUT"
        "SOURCES;LIBRARIES;LABELS;DEPENDS;ENVIRONMENT;FIXTURES")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "wafercast_test(${kind} ${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT arg_SOURCES)
        return()
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    set(target ${kind}_${name})
    add_executable(${target} ${arg_SOURCES})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} GTest::gtest_main)
    wafercast_use_pch(${target} test)
    if(kind STREQUAL "properties")
        target_link_libraries(${target} PRIVATE rapidcheck_gtest)
    endif()
    if(arg_DEPENDS)
        add_dependencies(${target} ${arg_DEPENDS})
    endif()
    gtest_discover_tests(${target}
        TEST_PREFIX "${kind}."
        TEST_LIST ${target}_TESTS
        DISCOVERY_MODE PRE_TEST
        DISCOVERY_TIMEOUT 60)
    # gtest_discover_tests flattens properties that are lists, so they are set by a script of our own.
    set(labels "${kind}" ${arg_LABELS})
    set(environment "${WAFERCAST_TEST_ENVIRONMENT}" ${arg_ENVIRONMENT})
    # The same cases on every machine; set RC_PARAMS=seed=N and run the program itself for others.
    if(kind STREQUAL "properties")
        list(APPEND environment "RC_PARAMS=seed=20261122")
    endif()
    set(script "${CMAKE_CURRENT_BINARY_DIR}/${target}_properties.cmake")
    file(WRITE "${script}"
        "foreach(test IN LISTS ${target}_TESTS)\n"
        "  set_tests_properties(\"\${test}\" PROPERTIES\n"
        "    LABELS [==[${labels}]==]\n"
        "    TIMEOUT ${arg_TIMEOUT}\n"
        "    FIXTURES_REQUIRED [==[${arg_FIXTURES}]==]\n"
        "    ENVIRONMENT [==[${environment}]==])\n"
        "endforeach()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()

# wafercast_gui_test(CLASS SOURCE): the tests of one class run in one process of their own, offscreen. SOURCE holds
# GoogleTest suites named CLASS; all classes are linked into one program, gui_tests.
function(wafercast_gui_test class source)
    if(NOT TARGET gui_tests)
        message(FATAL_ERROR "wafercast_gui_test: call wafercast_gui_test_program first")
    endif()
    target_sources(gui_tests PRIVATE ${source})
    add_test(NAME gui.${class} COMMAND gui_tests --gtest_filter=${class}.*)
    set_tests_properties(gui.${class} PROPERTIES
        LABELS gui
        TIMEOUT 300
        FAIL_REGULAR_EXPRESSION "Running 0 tests" # a misspelt class must not pass
        ENVIRONMENT "${WAFERCAST_TEST_ENVIRONMENT}")
endfunction()

# wafercast_gui_test_program(MAIN): MAIN makes the QApplication and runs GoogleTest.
function(wafercast_gui_test_program main)
    add_executable(gui_tests ${main})
    set_target_properties(gui_tests PROPERTIES
        AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    target_include_directories(gui_tests PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(gui_tests PRIVATE Wafercast::gui GTest::gtest Qt6::Test)
    wafercast_use_pch(gui_tests window)
endfunction()
