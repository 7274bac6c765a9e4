using System.IO.MemoryMappedFiles;
using Vaal.Records;

namespace Vaal.Tests.Experiments;

[Collection(RunsAlone.Name)]
public sealed class PeakMemoryTests
{
    [Fact]
    public void Bytes_OfAStretch_SeeWhatWasHeldInIt()
    {
        if (!PeakMemory.Restart())
            Assert.Skip("this system does not let a process set its memory's high-water mark back");
        long peak, resident;
        // the collector and malloc may hand out pages that are resident already
        using (var held = MemoryMappedFile.CreateNew(mapName: null, 200 << 20))
        {
            using var view = held.CreateViewAccessor();
            for (var at = 0L; at < 200 << 20; at += Environment.SystemPageSize) view.Write(at, (byte)1);
            (resident, peak) = (Environment.WorkingSet, PeakMemory.Bytes()!.Value);
        }
        // what else the process holds may be paged out meanwhile, and the system's count lags by some pages
        Assert.InRange(peak, resident - (32 << 20), resident + (64 << 20));
        Assert.InRange(PeakMemory.Bytes()!.Value, peak - (8 << 20), peak + (64 << 20));
        Assert.True(PeakMemory.Restart());
        Assert.InRange(PeakMemory.Bytes()!.Value, 1, peak - (100 << 20));
    }
}
