#include "worker/store/store.h"

#include "worker/store/migrate.h"

namespace posta::store {

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Clock& clock, Log& log) {
    return open_in(Database::Mode::existing, path, clock, log, ignore_progress);
}

Result<std::unique_ptr<Store>> Store::serve(const std::string& path, const Clock& clock, Log& log,
                                            const OnProgress& on_progress) {
    return open_in(Database::Mode::served, path, clock, log, on_progress);
}

Result<std::unique_ptr<Store>> Store::create(const std::string& path, const Clock& clock,
                                             Log& log) {
    return open_in(Database::Mode::create, path, clock, log, ignore_progress);
}

Result<std::unique_ptr<Store>> Store::open_in(Database::Mode mode, const std::string& path,
                                              const Clock& clock, Log& log,
                                              const OnProgress& on_progress) {
    Database database = TRY(Database::open(path, mode));
    TRY(migrate(database, clock, log, on_progress));
    return std::unique_ptr<Store>(new Store(std::move(database), clock));
}

}  // namespace posta::store
