# Packages @@{prefix} as an IP for Vivado's catalogue:  vivado -mode batch -source vivado/package_ip.tcl
# SPDX-License-Identifier: Apache-2.0
#
# THIS SCRIPT HAS NEVER BEEN RUN: there was no Vivado where it was written. It follows the documentation of the
# commands (UG1118) and is a place to start from.
set here [file dirname [file normalize [info script]]]
set root [file dirname $here]
set out [file join $root build vivado_ip]

create_project -in_memory -part @@{part}
add_files -norecurse [file join $root rtl @@{prefix}.v]
set_property top @@{prefix} [current_fileset]
update_compile_order -fileset sources_1

file mkdir $out
ipx::package_project -root_dir $out -vendor siammixer -library ip -taxonomy /UserIP -import_files -force
set core [ipx::current_core]
set_property name @@{prefix} $core
set_property display_name "@@{description}" $core
set_property description "@@{description}" $core
set_property version @@{ip_version} $core
@@{buses}
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
puts "packaged in $out"
