# The Android app.

begin_android() { :; }

android() { skip android "there is no Android app yet"; }
