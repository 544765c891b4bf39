#include "supervisor/lifecycle/worker_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace posta::supervisor {
namespace {

template <class Visit>
void for_all_pairs(Visit visit) {
    for (std::size_t state = 0; state < kStates; ++state)
        for (std::size_t event = 0; event < kEvents; ++event)
            visit(static_cast<State>(state), static_cast<Event>(event));
}

bool does(const Step& step, Action action) {
    return std::find(step.actions.begin(), step.actions.end(), action) != step.actions.end();
}

bool starts_one(const Step& step) {
    return does(step, Action::spawn) || does(step, Action::succeed);
}

std::string pair_name(State state, Event event) {
    return std::string(name_of(state)) + " (" + std::to_string(static_cast<int>(state)) +
           ") x event " + std::to_string(static_cast<int>(event));
}

constexpr bool is_death(Event event) {
    return event == Event::exited || event == Event::exited_config || event == Event::exited_faulty;
}

TEST(WorkerState, SpawnsExactlyWhenItEntersStartingWithoutAProcess) {
    for_all_pairs([](State state, Event event) {
        const Step step = step_for(state, event);
        const bool no_process =
            !has_process(state) || is_death(event) || does(step, Action::let_go);

        EXPECT_EQ(starts_one(step), step.next == State::starting && no_process)
            << pair_name(state, event);
    });
}

TEST(WorkerState, NeverForgetsAProcess) {
    for_all_pairs([](State state, Event event) {
        const Step step = step_for(state, event);
        const bool gone = is_death(event) || event == Event::cannot_start ||
                          event == Event::spawn_failed || event == Event::too_soon ||
                          does(step, Action::let_go);

        EXPECT_TRUE(!has_process(state) || gone || has_process(step.next))
            << pair_name(state, event);
    });
}

TEST(WorkerState, TouchesAProcessOnlyWhereThereIsOne) {
    for_all_pairs([](State state, Event event) {
        const Step step = step_for(state, event);

        if (!has_process(state)) {
            EXPECT_FALSE(does(step, Action::kill)) << pair_name(state, event);
            EXPECT_FALSE(does(step, Action::ask_to_drain)) << pair_name(state, event);
            EXPECT_FALSE(does(step, Action::let_go)) << pair_name(state, event);
        }
    });
}

TEST(WorkerState, WaitsExactlyWhenItEntersBackoff) {
    for_all_pairs([](State state, Event event) {
        const Step step = step_for(state, event);

        const bool backs_off = step.next == State::backoff || step.next == State::faulty;
        EXPECT_EQ(does(step, Action::wait), backs_off && state != step.next)
            << pair_name(state, event);
        EXPECT_EQ(does(step, Action::pause), step.next == State::pausing && state != State::pausing)
            << pair_name(state, event);
    });
}

TEST(WorkerState, CallsNoDrainADeath) {
    for_all_pairs([](State state, Event event) {
        const Step step = step_for(state, event);
        const bool is_drain = event == Event::said_draining || event == Event::too_soon;
        const bool was_asked = state == State::restarting && is_death(event);

        if (is_drain || was_asked) {
            EXPECT_FALSE(does(step, Action::wait)) << pair_name(state, event);
        }
    });
}

TEST(WorkerState, LeavesBackoffNeverWithAnArmedTimer) {
    for_all_pairs([](State state, Event event) {
        if (!waits(state) || event == Event::retry_due) return;
        const Step step = step_for(state, event);

        EXPECT_EQ(does(step, Action::clear_backoff), step.next != state) << pair_name(state, event);
    });
}

TEST(WorkerState, IsSilentlyStableUnderWhatCannotConcernIt) {
    for (const State state :
         {State::stopped, State::pausing, State::backoff, State::failed, State::faulty})
        for (const Event event : {Event::said_ready, Event::said_draining, Event::overdue,
                                  Event::exited, Event::exited_config, Event::exited_faulty})
            EXPECT_EQ(step_for(state, event), (Step{state, {}})) << pair_name(state, event);
}

TEST(WorkerState, ObeysStopEverywhere) {
    for (std::size_t at = 0; at < kStates; ++at) {
        const auto state = static_cast<State>(at);
        for (const Event event : {Event::stop, Event::stop_now}) {
            const State next = step_for(state, event).next;
            EXPECT_TRUE(next == State::stopped || next == State::stopping)
                << pair_name(state, event);
        }
    }
}

TEST(WorkerState, IsStoppedOnceWhatStopsHasEnded) {
    EXPECT_EQ(step_for(State::stopping, Event::exited).next, State::stopped);
    EXPECT_EQ(step_for(State::stopping, Event::exited_config).next, State::stopped);
}

TEST(WorkerState, ReachesStartingFromEverywhereByRestart) {
    for (std::size_t at = 0; at < kStates; ++at) {
        const auto state = static_cast<State>(at);
        State next = step_for(state, Event::restart).next;
        if (next == State::restarting) next = step_for(next, Event::exited).next;
        EXPECT_EQ(next, State::starting) << name_of(state);
    }
}

TEST(WorkerState, LeavesAStoppedTenantAloneWhenItsSettingsChange) {
    EXPECT_EQ(step_for(State::stopped, Event::settings_changed), (Step{State::stopped, {}}));
    EXPECT_EQ(step_for(State::stopping, Event::settings_changed), (Step{State::stopping, {}}));
}

TEST(WorkerState, HasTheNamesOfTheContract) {
    std::set<std::string_view> names;
    for (std::size_t at = 0; at < kStates; ++at) names.insert(name_of(static_cast<State>(at)));

    EXPECT_EQ(names, (std::set<std::string_view>{"stopped", "starting", "ready", "draining",
                                                 "backoff", "failed"}));
}

}  // namespace
}  // namespace posta::supervisor
