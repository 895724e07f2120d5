// The test bench in compiled code: owns the clock, feeds one accelerator from files, records runs.
//
// Python raises `request` to k + 1 for run k; when its results are on disk `served` becomes k + 1.
// Where `failed` is set then, failure.txt says why, and no further run is served.
//
// Run k reads (little endian, as written by sim/run.py; the cycles are those of arch/interface.py)
//   run<k>.txt         counts of writes, pixels and response words; entry; stall in 1/65536; seed; watchdog
//   run<k>_writes.bin  16 bytes each: data 9, target 1, nothing 2, address 4
//   run<k>_pixels.bin  4 bytes each: red, green, blue, nothing
// and writes
//   run<k>_steps.bin     8 bytes per step_done: step 4, cycle 4
//   run<k>_trace.bin     per trace_valid: step 2, address 2, all data bytes, up to a multiple of 4
//   run<k>_response.bin  4 bytes per word
//   run<k>_summary.txt   a name and a number per line
// Cycle 0 is the one in which start is high; the first pixel is offered in it.
module harness ();
  // The accelerator and a signal for each of its ports, made by siammixer.sim.ports.
  `include "core.svh"

  // Many cycles share one step of the simulation's time: the loop outside that advances time (cocotb's)
  // costs several times what a cycle costs.
  always begin #1; repeat (16) begin clk <= 1; @(posedge clk); clk <= 0; @(negedge clk); end end

  // Python's side.
  int unsigned request = 0;
  int unsigned served = 0;
  logic failed = 0;

  // The run in progress.
  typedef enum {RESET, IDLE, LOAD, EXECUTE, READ, STOPPED} phase_t;
  phase_t phase = RESET;
  string name;
  int unsigned write_count, pixel_count, response_count, stall, watchdog;
  int unsigned written, offered, taken, asked, answered;
  int unsigned cycle, waited, clocks, executed;
  int unsigned steps, traces;
  logic loaded;
  logic [31:0] random = 32'h1;
  logic [RESPONSE_LATENCY:0] due = 0;
  int writes_file, pixels_file, steps_file, trace_file, response_file;

  function automatic int open_file(string suffix, string mode);
    open_file = $fopen($sformatf("run%0d%s", served, suffix), mode);
    if (open_file == 0) fail($sformatf("run%0d%s cannot be opened", served, suffix));
  endfunction

  function automatic void fail(string reason);
    int file;
    if (failed) return;  // the first reason counts
    failed = 1;
    file = $fopen("failure.txt", "w");
    $fdisplay(file, "run %0d: %s", served, reason);
    $fclose(file);
    served <= served + 1;
    phase <= STOPPED;
  endfunction

  function automatic void draw();  // xorshift32
    random = random ^ (random << 13);
    random = random ^ (random >> 17);
    random = random ^ (random << 5);
  endfunction

  function automatic void begin_run();
    int file;
    int unsigned seed;
    file = open_file(".txt", "r");
    if (file != 0) begin
      if ($fscanf(file, "%d %d %d %d %d %d %d", write_count, pixel_count, response_count, entry, stall, seed, watchdog) != 7)
        fail("settings must be seven numbers");
      $fclose(file);
    end
    random = (seed * 32'd2654435761) | 32'h1;
    writes_file = open_file("_writes.bin", "rb");
    pixels_file = open_file("_pixels.bin", "rb");
    steps_file = open_file("_steps.bin", "wb");
    trace_file = open_file("_trace.bin", "wb");
    response_file = open_file("_response.bin", "wb");
    {written, offered, taken, asked, answered, waited, clocks, steps, traces} = '0;
    due = 0;
    phase <= LOAD;
  endfunction

  function automatic void end_run();
    int file;
    $fclose(writes_file);
    $fclose(pixels_file);
    $fclose(steps_file);
    $fclose(trace_file);
    $fclose(response_file);
    file = open_file("_summary.txt", "w");
    $fdisplay(file, "cycles %0d\nsteps %0d\ntraces %0d\npixels_taken %0d\nclocks %0d", executed, steps, traces, taken, clocks);
    $fdisplay(file, "error %0d\nstep %0d\npeak_position %0d\npeak_value %0d\nidentity %0d", error, step, peak_position, peak_value, identity);
    $fclose(file);
    served <= served + 1;
    phase <= IDLE;
  endfunction

  // A payload that is not offered is noise: nobody may look at it.
  function automatic void offer_write();
    logic [127:0] record;
    if (write_valid && !write_ready) return;
    draw();
    write_valid <= 0;
    write_payload <= 98'({4{random}});
    if (written != write_count && random[15:0] >= stall[15:0]) begin
      if ($fscanf(writes_file, "%u", record) != 1) fail("the writes end early");
      write_payload <= {record[71:0], record[73:72], record[119:96]};
      write_valid <= 1;
      written++;
    end
  endfunction

  function automatic void offer_pixel();
    logic [31:0] record;
    if (pixels_valid && !pixels_ready) return;
    draw();
    pixels_valid <= 0;
    pixels_payload <= random[24:0];
    if (offered != pixel_count && random[15:0] >= stall[15:0]) begin
      if ($fscanf(pixels_file, "%u", record) != 1) fail("the pixels end early");
      offered++;
      pixels_payload <= {offered == pixel_count, record[23:0]};
      pixels_valid <= 1;
    end
  endfunction

  function automatic void record_outputs();
    if (step_done) begin
      $fwrite(steps_file, "%u", {cycle, 16'b0, step});
      steps++;
    end
    if (trace_valid) begin
      $fwrite(trace_file, "%u", {trace_data, trace_address, trace_step});
      traces++;
    end
  endfunction

  always @(posedge clk) begin
    start <= 0;
    clocks++;
    waited++;
    case (phase)
      RESET:
        if (waited == 8) begin
          rst <= 0;
          phase <= IDLE;
        end
      IDLE:
        if (request != served && !busy) begin_run();
      LOAD: begin
        // Looked at before the next word is offered: the last one must have been taken.
        loaded = written == write_count && !write_valid;
        offer_write();
        if (loaded) begin
          start <= 1;
          cycle = 0;
          waited = 0;
          phase <= EXECUTE;
          offer_pixel();
        end
      end
      EXECUTE: begin
        if (pixels_valid && pixels_ready) taken++;
        offer_pixel();
        record_outputs();
        if (done) begin
          executed = cycle;
          waited = 0;
          pixels_valid <= 0;
          phase <= READ;
        end
        cycle++;
      end
      READ: begin  // one address a cycle; the data follow it RESPONSE_LATENCY cycles later
        if (due[RESPONSE_LATENCY]) begin
          $fwrite(response_file, "%u", response_data);
          answered++;
        end
        response_address <= asked[15:0];
        due = {due[RESPONSE_LATENCY-1:0], asked != response_count};
        if (asked != response_count) asked++;
        if (answered == response_count) end_run();
      end
      STOPPED: ;
    endcase
    if (phase != EXECUTE && trace_valid && !rst) fail($sformatf("feature-map write (step %0d, address %0d) outside a run", trace_step, trace_address));
    if ((phase == LOAD || phase == EXECUTE) && waited >= watchdog)
      fail($sformatf("watchdog after %0d cycles of %0s: %0d of %0d words written, step %0d, busy %0d, error %0d, %0d of %0d pixels taken",
                     waited, phase == LOAD ? "loading" : "execution", written, write_count, step, busy, error, taken, pixel_count));
  end
endmodule
