#:package SkiaSharp
#:package SkiaSharp.NativeAssets.Linux.NoDependencies
#:property VaalPatchTorchSharp=false
// Draws the packages' icon: a pool of images, a few of them chosen.
// dotnet run build/DrawIcon.cs build/package/icon.png
using SkiaSharp;

const int Side = 128, Cells = 4;
using var surface = SKSurface.Create(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Premul));
using var paint = new SKPaint { IsAntialias = true };
surface.Canvas.Clear(SKColors.Transparent);
paint.Color = new SKColor(0x12, 0x2b, 0x4a);
surface.Canvas.DrawRoundRect(0, 0, Side, Side, 24, 24, paint);
for (var i = 0; i < Cells * Cells; i++)
{
    paint.Color = i is 1 or 7 or 12 ? new SKColor(0xff, 0xb0, 0x2e) : new SKColor(0x5c, 0x86, 0xb5);
    surface.Canvas.DrawRoundRect(18 + i % Cells * 24, 18 + i / Cells * 24, 20, 20, 5, 5, paint);
}
using var image = surface.Snapshot();
using var png = image.Encode(SKEncodedImageFormat.Png, 100);
File.WriteAllBytes(args[0], png.ToArray());
