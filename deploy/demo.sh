#!/usr/bin/env bash
# The demo on the embedded default: migrate, play a wave unless one was played, then serve.
set -euo pipefail
cd "$(dirname "$0")/.."
export THUOCDO_DEMO=1 THUOCDO_GATEWAYS=simulator THUOCDO_GATEWAY_FILE=deploy/demo-gateways.toml
export THUOCDO_SMS_RATE=5000 THUOCDO_BASE_URL="http://127.0.0.1:${PORT}"
.venv/bin/flask --app wsgi demo --keep
if [ "${SERVE}" = 0 ]; then exit 0; fi
echo
echo "  Trang kết quả   http://127.0.0.1:${PORT}/"
echo "  Văn phòng       http://127.0.0.1:${PORT}/office/"
echo "  Điện thoại      http://127.0.0.1:${PORT}/demo/phone"
echo "  Dừng: Ctrl+C"
exec .venv/bin/granian --interface wsgi --host 127.0.0.1 --port "${PORT}" --workers 1 --blocking-threads 4 \
  --log-level warning --no-ws wsgi:app
