#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>
#include <gtest/gtest.h>

#include "gui/models/assumption_model.hpp"
#include "gui/models/catalog_model.hpp"
#include "gui/models/design_filter.hpp"
#include "gui/models/design_tree_model.hpp"
#include "gui/models/operator_model.hpp"
#include "gui/models/violation_model.hpp"
#include "gui/studio_fixture.hpp"

namespace wafercast::gui {
namespace {

constexpr auto kFatal = QAbstractItemModelTester::FailureReportingMode::Fatal;

std::shared_ptr<const Evaluation> evaluationOf(const QString& design) {
    const auto loaded = testSession()->load(design.toStdString());
    EXPECT_TRUE(loaded);
    EvaluateOptions options;
    options.samples = 0;
    options.functional = EvaluateOptions::Functional::kOff;
    auto evaluation = testSession()->evaluate(*loaded, options);
    EXPECT_TRUE(evaluation);
    return std::make_shared<const Evaluation>(std::move(*evaluation));
}

/// Every model sees: nothing, H100, a design without a workload, H100 again, nothing.
template <class Model>
void showSeveral(Model& model) {
    const auto h100 = evaluationOf(shippedDesign(QStringLiteral("h100-sxm")));
    const auto epyc = evaluationOf(shippedDesign(QStringLiteral("epyc-zen1")));
    for (const auto& evaluation : {h100, h100, epyc, h100, std::shared_ptr<const Evaluation>{}}) {
        model.setEvaluation(evaluation);
    }
}

TEST(ItemModelsTest, OperatorsKeepTheContract) {
    OperatorModel model;
    QSortFilterProxyModel sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(OperatorModel::SortRole);
    const QAbstractItemModelTester tester{&model, kFatal};
    const QAbstractItemModelTester sorted_tester{&sorted, kFatal};
    showSeveral(model);
    EXPECT_EQ(model.rowCount(), 0);
    const auto h100 = evaluationOf(shippedDesign(QStringLiteral("h100-sxm")));
    model.setEvaluation(h100);
    ASSERT_EQ(static_cast<std::size_t>(model.rowCount()), h100->operators.size());
    sorted.sort(OperatorModel::Seconds, Qt::DescendingOrder);
    for (int row = 1; row < sorted.rowCount(); ++row) {
        const auto seconds = [&](int at) {
            return sorted.index(at, OperatorModel::Seconds)
                .data(OperatorModel::SortRole)
                .toDouble();
        };
        EXPECT_GE(seconds(row - 1), seconds(row));
    }
}

TEST(ItemModelsTest, AssumptionsKeepTheContract) {
    AssumptionModel model;
    AssumptionFilter filter;
    filter.setSourceModel(&model);
    const QAbstractItemModelTester tester{&model, kFatal};
    const QAbstractItemModelTester filter_tester{&filter, kFatal};
    showSeveral(model);
    model.setEvaluation(evaluationOf(shippedDesign(QStringLiteral("h100-sxm"))));
    EXPECT_EQ(filter.rowCount(), model.rowCount());
    filter.setPrefix(QStringLiteral("process_nodes.n4."));
    EXPECT_GT(filter.rowCount(), 5);
    EXPECT_LT(filter.rowCount(), model.rowCount());
    for (int row = 0; row < filter.rowCount(); ++row) {
        EXPECT_TRUE(
            filter.index(row, 0).data().toString().startsWith(QStringLiteral("process_nodes.n4.")));
    }
    filter.setSearch(QStringLiteral("wafer_price"));
    EXPECT_EQ(filter.rowCount(), 1);
}

TEST(ItemModelsTest, ViolationsKeepTheContract) {
    ViolationModel model;
    const QAbstractItemModelTester tester{&model, kFatal};
    showSeveral(model);
    model.setFailures({{"a.b", "first", {}}, {"c.d", "second", {}}});
    ASSERT_EQ(model.rowCount(), 2);
    EXPECT_EQ(model.index(1, ViolationModel::Message).data().toString(), QStringLiteral("second"));
    Evaluation broken;
    broken.violations.push_back({"reticle", 40.1, 33.0, "mm", "too long"});
    model.setEvaluation(std::make_shared<const Evaluation>(broken));
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.index(0, ViolationModel::Value).data().toString(), QStringLiteral("40.1 mm"));
}

TEST(ItemModelsTest, EveryKindOfTheCatalogKeepsTheContract) {
    for (const std::string& kind : testSession()->catalog()->kinds()) {
        const CatalogModel model{*testSession()->catalog(), kind};
        CatalogModel watched{*testSession()->catalog(), kind};
        const QAbstractItemModelTester tester{&watched, kFatal};
        ASSERT_GT(model.rowCount(), 0) << kind;
        for (int row = 0; row < model.rowCount(); ++row) {
            const QString id = model.index(row, CatalogModel::Id).data().toString();
            EXPECT_EQ(model.rowOf(id), row) << id.toStdString();
            EXPECT_FALSE(model.preview(row).isEmpty());
        }
    }
}

TEST(ItemModelsTest, TheDesignTreeKeepsTheContractThroughEdits) {
    DesignDocument document{testSession()};
    DesignTreeModel model{document};
    DesignFilter filter;
    filter.setSourceModel(&model);
    const QAbstractItemModelTester tester{&model, kFatal};
    const QAbstractItemModelTester filter_tester{&filter, kFatal};
    for (const char* name : {"h100-sxm", "quad", "watch-npu", "epyc-zen1", "h100-sxm"}) {
        ASSERT_TRUE(document.open(shippedDesign(QString::fromLatin1(name))).empty()) << name;
        model.setEvaluation(evaluationOf(shippedDesign(QString::fromLatin1(name))));
        EXPECT_EQ(fields(document.design()).size(),
                  static_cast<std::size_t>(
                      model
                          .match(model.index(0, 0), DesignTreeModel::PathRole, QStringLiteral(".+"),
                                 -1, Qt::MatchRegularExpression | Qt::MatchRecursive)
                          .size()))
            << name;
    }
    const QModelIndex clock = model.indexOf(QStringLiteral("device.clock"), DesignTreeModel::Value);
    EXPECT_TRUE(model.setData(clock, QStringLiteral("1.5 GHz")));
    EXPECT_EQ(clock.data().toString(), QStringLiteral("1.5 GHz"));
    document.undoStack()->undo();
    EXPECT_EQ(clock.data().toString(), QStringLiteral("1.83 GHz"));
}

TEST(ItemModelsTest, ARefusedEditNamesItsReason) {
    DesignDocument document{testSession()};
    DesignTreeModel model{document};
    ASSERT_TRUE(document.open(shippedDesign(QStringLiteral("h100-sxm"))).empty());
    QString reason;
    QObject::connect(&model, &DesignTreeModel::editRefused, &model,
                     [&](const QModelIndex&, const QString& why) { reason = why; });
    const QModelIndex clock = model.indexOf(QStringLiteral("device.clock"), DesignTreeModel::Value);
    EXPECT_FALSE(model.setData(clock, QStringLiteral("3 mm")));
    EXPECT_EQ(reason, QStringLiteral("'3 mm' is length; wanted: frequency (e.g. GHz)"));
    EXPECT_EQ(clock.data().toString(), QStringLiteral("1.83 GHz"));
}

TEST(ItemModelsTest, TheFilterShowsWhatIsSetOrSearchedFor) {
    DesignDocument document{testSession()};
    DesignTreeModel model{document};
    DesignFilter filter;
    filter.setSourceModel(&model);
    ASSERT_TRUE(document.open(shippedDesign(QStringLiteral("h100-sxm"))).empty());
    const auto shows = [&](const char* path) {
        return filter.mapFromSource(model.indexOf(QString::fromLatin1(path))).isValid();
    };
    EXPECT_TRUE(shows("device.clock"));
    EXPECT_FALSE(shows("device.vdd"));
    filter.setShowsAll(true);
    EXPECT_TRUE(shows("device.vdd"));
    filter.setShowsAll(false);
    filter.setSearch(QStringLiteral("supply"));
    EXPECT_TRUE(shows("device.vdd"));
    EXPECT_FALSE(shows("device.clock"));
}

}  // namespace
}  // namespace wafercast::gui
