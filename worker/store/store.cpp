#include "worker/store/store.h"

#include "worker/store/migrate.h"

namespace posta::store {

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Clock& clock, Log& log) {
    return open_in(Database::Mode::existing, path, clock, log);
}

Result<std::unique_ptr<Store>> Store::create(const std::string& path, const Clock& clock,
                                             Log& log) {
    return open_in(Database::Mode::create, path, clock, log);
}

Result<std::unique_ptr<Store>> Store::open_in(Database::Mode mode, const std::string& path,
                                              const Clock& clock, Log& log) {
    Database database = TRY(Database::open(path, mode));
    TRY(migrate(database, clock, log));
    return std::unique_ptr<Store>(new Store(std::move(database), clock));
}

}  // namespace posta::store
