#include "worker/admin/qr_code.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>

namespace posta::worker {
namespace {

constexpr int kQuietZone = 4;

struct Freer {
    void operator()(QRcode* code) const noexcept { QRcode_free(code); }
};

bool is_light(const QRcode& code, int row, int column) {
    const bool inside = row >= 0 && column >= 0 && row < code.width && column < code.width;
    return !inside || (code.data[row * code.width + column] & 1) == 0;
}

}  // namespace

Result<std::string> qr_code(std::string_view text) {
    const std::string terminated(text);
    const std::unique_ptr<QRcode, Freer> code(
        QRcode_encodeString8bit(terminated.c_str(), 0, QR_ECLEVEL_M));
    if (!code && errno == ERANGE)
        return Error{ErrorCode::invalid,
                     std::to_string(text.size()) + " bytes are more than a QR code holds"};
    if (!code) return error_from_errno(errno, "cannot draw the QR code");
    const int end = code->width + kQuietZone;
    std::string picture;
    for (int row = -kQuietZone; row < end; row += 2) {
        for (int column = -kQuietZone; column < end; ++column) {
            const bool upper = is_light(*code, row, column);
            const bool lower = row + 1 < end && is_light(*code, row + 1, column);
            picture += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
        }
        picture += "\n";
    }
    return picture;
}

}  // namespace posta::worker
