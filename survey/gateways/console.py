"""Prints each text to the terminal of the worker: the link can be clicked there."""

from __future__ import annotations

import sys

from survey.gateways.sms import Adapter, Callback, DeliveryNotice, IncomingSms, OutgoingSms, SendReceipt


class ConsoleGateway(Adapter):
    """For development. It has no provider, so nobody can call back."""

    def send(self, sms: OutgoingSms) -> SendReceipt:
        sys.stdout.write(f"--- SMS {sms.to} ({sms.parts})\n{sms.text}\n")
        sys.stdout.flush()
        return SendReceipt()

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        raise ValueError("the console gives no receipts")

    def read_inbound(self, callback: Callback) -> IncomingSms:
        raise ValueError("the console receives nothing")
