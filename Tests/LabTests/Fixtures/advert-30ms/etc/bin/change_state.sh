#!/bin/sh
echo "$*" >> /run/notified
