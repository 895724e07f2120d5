  // Signals that are there to be read in a waveform: included in native.sv where a simulator is built with waves.
  // The enumerations kind_t and error_t stand before the design (siammixer.sim.waves).

  // Number of the cycle, as harness.cpp counts them: 0 is the one in which start is high.
  logic [31:0] cycles = 0;
  wire [31:0] cycle = start ? 0 : cycles;
  always @(posedge clk) cycles <= cycle + 1;

  // The step that runs, as text, from a file that has a line for each execution.
  logic [15:0] executions = 0;
  always @(posedge clk) executions <= start ? 0 : executions + 16'(accelerator.step_done);
  logic [8*32-1:0] names [0:65535];
  string names_file;
  initial if ($value$plusargs("names=%s", names_file)) $readmemh(names_file, names);
  wire [8*32-1:0] step_name = names[executions];

  // What the sequencer fetched, and the error that the core reports, by name.
  wire kind_t kind = kind_t'(accelerator.sequencer.\instruction.kind );
  wire error_t error_name = error_t'(error);
